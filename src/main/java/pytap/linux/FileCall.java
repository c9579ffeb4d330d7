package pytap.linux;

import java.lang.foreign.MemorySegment;

/// Calls on files and descriptors (numbers: Linux 6.6 arch/x86/entry/syscalls/syscall_64.tbl).
sealed interface FileCall extends Syscall.Direct {

  int O_RDONLY = 0;
  int O_WRONLY = 1;
  int O_RDWR = 2;
  int O_CREAT = 0x40;
  int O_TRUNC = 0x200;
  int O_APPEND = 0x400;
  int O_NONBLOCK = 0x800;
  int O_CLOEXEC = 0x80000;

  /// Makes `closeRange` set the close-on-exec flag instead of closing.
  int CLOSE_RANGE_CLOEXEC = 4;

  short POLLIN = 1;
  short POLLOUT = 4;

  /// Returns a descriptor.
  record Open(String path, int flags, int mode) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(2, frame.text(path), flags, mode);
    }
  }

  record Close(int fd) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(3, fd);
    }
  }

  /// Returns how many bytes were read; 0 at the end.
  record Read(int fd, MemorySegment into) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(0, fd, into.address(), into.byteSize());
    }
  }

  /// Returns how many bytes were written.
  record Write(int fd, MemorySegment from) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(1, fd, from.address(), from.byteSize());
    }
  }

  /// Waits until one of `entries` (`struct pollfd`: int fd, short events, short revents) is ready.
  /// Returns how many are; 0 when `timeoutMillis` passed; -1 waits for ever.
  record Poll(MemorySegment entries, int count, int timeoutMillis) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(7, entries.address(), count, timeoutMillis);
    }
  }

  /// Writes two descriptors, reading end first, as two ints into `ends`.
  record Pipe(MemorySegment ends, int flags) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(293, ends.address(), flags);
    }
  }

  /// Acts on every descriptor from `first` to `last`, both included.
  record CloseRange(int first, int last, int flags) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(436, first, Integer.toUnsignedLong(last), flags);
    }
  }

  record Ioctl(int fd, long request, long argument) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(16, fd, request, argument);
    }
  }

  /// Makes a file without a name that lives in memory only. Returns a descriptor.
  record CreateInMemory(String name) implements FileCall {
    private static final int MFD_CLOEXEC = 1;

    @Override
    public void marshal(CallFrame frame) {
      frame.set(319, frame.text(name), MFD_CLOEXEC);
    }
  }

  /// Sets the file's size.
  record Truncate(int fd, long sizeBytes) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(77, fd, sizeBytes);
    }
  }

  /// Returns how many bytes were written at `offset`.
  record WriteAt(int fd, MemorySegment from, long offset) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(18, fd, from.address(), from.byteSize(), offset);
    }
  }

  /// Returns how many bytes were read at `offset`.
  record ReadAt(int fd, MemorySegment into, long offset) implements FileCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(17, fd, into.address(), into.byteSize(), offset);
    }
  }

  /// Gives back the memory or disk behind a part of the file, whose size stays.
  record PunchHole(int fd, long offset, long sizeBytes) implements FileCall {
    private static final int KEEP_SIZE_PUNCH_HOLE = 3;

    @Override
    public void marshal(CallFrame frame) {
      frame.set(285, fd, KEEP_SIZE_PUNCH_HOLE, offset, sizeBytes);
    }
  }
}
