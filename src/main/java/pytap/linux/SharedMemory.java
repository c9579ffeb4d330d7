package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import pytap.source.TracerException;

/// Owner of a file in memory that another process has made and mapped, mapped here too: first a
/// header, then a ring's data twice in a row, so that a record never has to be put together from
/// two ends.
///
/// The segments may be used by any thread until this is closed.
public final class SharedMemory implements AutoCloseable {
  private final Kernel kernel;
  private final Descriptor file;
  private final Arena arena = Arena.ofShared();
  private MemorySegment whole = MemorySegment.NULL;
  private int headerBytes;

  private SharedMemory(Kernel kernel, Descriptor file) {
    this.kernel = kernel;
    this.file = file;
  }

  /// Opens the file, whatever its size is now.
  ///
  /// @param path such as `/proc/PID/fd/N`
  public static SharedMemory open(Kernel kernel, String path) throws TracerException {
    long fd = kernel.call(new FileCall.Open(path, FileCall.O_RDWR | FileCall.O_CLOEXEC, 0));
    if (fd < 0) {
      throw Refusal.of("open the shared memory " + path, fd);
    }
    return new SharedMemory(kernel, new Descriptor(kernel, fd));
  }

  /// Maps the file's first `headerBytes`, and the `ringBytes` after them twice. Called once.
  @SuppressWarnings("restricted")
  public void map(int headerBytes, long ringBytes) throws TracerException {
    long sizeBytes = headerBytes + 2 * ringBytes;
    int anywhere = MemoryCall.MAP_PRIVATE | MemoryCall.MAP_ANONYMOUS | MemoryCall.MAP_NORESERVE;
    long address =
        checked(kernel.call(new MemoryCall.Mmap(sizeBytes, MemoryCall.PROT_NONE, anywhere, -1, 0)));
    this.headerBytes = headerBytes;
    whole = MemorySegment.ofAddress(address).reinterpret(sizeBytes, arena, null);
    checked(over(address, headerBytes + ringBytes, 0));
    checked(over(address + headerBytes + ringBytes, ringBytes, headerBytes));
  }

  private long over(long address, long sizeBytes, long offset) {
    return kernel.call(
        new MemoryCall.MmapAt(
            address,
            sizeBytes,
            MemoryCall.PROT_READ | MemoryCall.PROT_WRITE,
            MemoryCall.MAP_SHARED | MemoryCall.MAP_FIXED,
            file.fd(),
            offset));
  }

  private static long checked(long answer) throws TracerException {
    if (answer < 0) {
      throw Refusal.of("map the shared memory", answer);
    }
    return answer;
  }

  public MemorySegment header() {
    return whole.asSlice(0, headerBytes);
  }

  /// The ring's data, twice.
  public MemorySegment ring() {
    return whole.asSlice(headerBytes);
  }

  /// Writes into the file.
  public void write(long offset, byte[] bytes) throws TracerException {
    try (Arena own = Arena.ofConfined()) {
      MemorySegment copy = own.allocateFrom(Native.BYTE, bytes);
      checked(kernel.call(new FileCall.WriteAt(file.fd(), copy, offset)));
    }
  }

  /// Gives the memory of a part of the file back, in every process: it reads as zero from then on.
  public void punch(long offset, long sizeBytes) throws TracerException {
    checked(kernel.call(new FileCall.PunchHole(file.fd(), offset, sizeBytes)));
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      long address = whole.address();
      long sizeBytes = whole.byteSize();
      arena.close();
      if (sizeBytes > 0) {
        kernel.call(new MemoryCall.Munmap(address, sizeBytes));
      }
      file.close();
    }
  }
}
