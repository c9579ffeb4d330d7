package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import pytap.source.TracerException;

/// Owner of one mapping of a descriptor into this process. After [#close] its segment refuses
/// access; it belongs to the thread that made it.
final class Mapping implements AutoCloseable {
  static final long PAGE_BYTES = 4096;

  private final Kernel kernel;
  private final Arena arena;
  private final MemorySegment segment;
  private boolean mapped = true;

  @SuppressWarnings("restricted")
  private Mapping(Kernel kernel, long address, long sizeBytes) {
    this.kernel = kernel;
    this.arena = Arena.ofConfined();
    this.segment = MemorySegment.ofAddress(address).reinterpret(sizeBytes, arena, null);
  }

  static Mapping readOnly(Kernel kernel, String what, int fd, long offset, long sizeBytes)
      throws TracerException {
    return map(kernel, what, fd, offset, sizeBytes, MemoryCall.PROT_READ);
  }

  static Mapping readWrite(Kernel kernel, String what, int fd, long offset, long sizeBytes)
      throws TracerException {
    return map(kernel, what, fd, offset, sizeBytes, MemoryCall.PROT_READ | MemoryCall.PROT_WRITE);
  }

  static Mapping readExecute(Kernel kernel, String what, int fd, long sizeBytes)
      throws TracerException {
    return map(kernel, what, fd, 0, sizeBytes, MemoryCall.PROT_READ | MemoryCall.PROT_EXEC);
  }

  private static Mapping map(
      Kernel kernel, String what, int fd, long offset, long sizeBytes, int protection)
      throws TracerException {
    long address =
        kernel.call(new MemoryCall.Mmap(sizeBytes, protection, MemoryCall.MAP_SHARED, fd, offset));
    if (address < 0) {
      throw Refusal.of("map " + what + " into memory", address);
    }
    return new Mapping(kernel, address, sizeBytes);
  }

  MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    if (mapped) {
      long address = segment.address();
      long sizeBytes = segment.byteSize();
      arena.close();
      kernel.call(new MemoryCall.Munmap(address, sizeBytes));
      mapped = false;
    }
  }
}
