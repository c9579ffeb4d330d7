package pytap.linux;

import java.lang.foreign.MemorySegment;

/// Takes records out of a ring. The bytes are in place, shared with the kernel, and good only until
/// the call returns; what must last is copied.
@FunctionalInterface
public interface RecordHandler {

  /// One record of `sizeBytes` at `offset` of `ring`. The same segment comes every time.
  void record(MemorySegment ring, long offset, int sizeBytes);
}
