package pytap.linux;

/// Calls on this process's own address space.
sealed interface MemoryCall extends Syscall.Direct {

  int PROT_READ = 1;
  int PROT_WRITE = 2;
  int PROT_EXEC = 4;
  int MAP_SHARED = 1;

  /// Returns the address.
  record Mmap(long lengthBytes, int protection, int flags, int fd, long offset)
      implements MemoryCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(9, 0, lengthBytes, protection, flags, fd, offset);
    }
  }

  record Munmap(long address, long lengthBytes) implements MemoryCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(11, address, lengthBytes);
    }
  }
}
