package pytap.linux;

/// Calls on this process's own address space.
sealed interface MemoryCall extends Syscall.Direct {

  int PROT_NONE = 0;
  int PROT_READ = 1;
  int PROT_WRITE = 2;
  int PROT_EXEC = 4;
  int MAP_SHARED = 1;
  int MAP_PRIVATE = 2;
  int MAP_FIXED = 0x10;
  int MAP_ANONYMOUS = 0x20;
  int MAP_NORESERVE = 0x4000;

  /// Returns the address.
  record Mmap(long lengthBytes, int protection, int flags, int fd, long offset)
      implements MemoryCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(9, 0, lengthBytes, protection, flags, fd, offset);
    }
  }

  /// The same at a wanted address. Returns the address.
  record MmapAt(long address, long lengthBytes, int protection, int flags, int fd, long offset)
      implements MemoryCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(9, address, lengthBytes, protection, flags, fd, offset);
    }
  }

  record Munmap(long address, long lengthBytes) implements MemoryCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(11, address, lengthBytes);
    }
  }
}
