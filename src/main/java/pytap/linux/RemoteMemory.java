package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Owner of another process's memory: an open `/proc/PID/mem`.
///
/// It means the program that ran when it was opened: once that has called exec or ended, nothing is
/// read or written any more. Writing reaches pages that the process itself may only read or
/// execute, and changes only its own copy of what is mapped from a file.
public final class RemoteMemory implements AutoCloseable {
  private final Kernel kernel;
  private final Descriptor file;

  private RemoteMemory(Kernel kernel, Descriptor file) {
    this.kernel = kernel;
    this.file = file;
  }

  /// What opening gave: memory, or the kernel's answer.
  public sealed interface Opened {
    record Open(RemoteMemory memory) implements Opened {}

    /// @param errno EACCES where this process may not trace that one, ENOENT where there is none
    record Refused(int errno) implements Opened {}
  }

  /// Opens `path`, a `/proc/PID/mem`, for reading and writing.
  public static Opened open(Kernel kernel, String path) {
    long fd = kernel.call(new FileCall.Open(path, FileCall.O_RDWR | FileCall.O_CLOEXEC, 0));
    return fd < 0
        ? new Opened.Refused((int) -fd)
        : new Opened.Open(new RemoteMemory(kernel, new Descriptor(kernel, fd)));
  }

  /// Fills `into` from `address`. Returns how many bytes were read, 0 where the program is gone,
  /// negative for an error.
  public long read(long address, byte[] into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(into.length);
      long got = kernel.call(new FileCall.ReadAt(file.fd(), bytes, address));
      if (got > 0) {
        MemorySegment.copy(bytes, Native.BYTE, 0, into, 0, (int) got);
      }
      return got;
    }
  }

  /// Fills `pieces.length` parts of `into`, each of `words` times 8 bytes, one from each address in
  /// `pieces`. What cannot be read stays as it is.
  public void read(long[] pieces, int words, long[] into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(8L * words, 8);
      for (int i = 0; i < pieces.length; i++) {
        long got = kernel.call(new FileCall.ReadAt(file.fd(), bytes, pieces[i]));
        if (got > 0) {
          MemorySegment.copy(bytes, Native.LONG, 0, into, i * words, (int) (got / 8));
        }
      }
    }
  }

  /// Writes `bytes` at `address`. Returns how many bytes were written, 0 where the program is gone,
  /// negative for an error.
  public long write(long address, byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(Native.BYTE, bytes);
      return kernel.call(new FileCall.WriteAt(file.fd(), copy, address));
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
