package pytap.gen;

/// Where the in-process engine's memory lies in a target: one range of addresses near the patched
/// file, so that a jump of 32 bits reaches it.
///
/// ```
/// base                code      private, read and execute, never unmapped; begins with a header
/// + CODE_BYTES        data      private, read and write, copied in a forked child ([DataPage])
/// + DATA_BYTES        control   private, read and write, wiped in a forked child
/// + controlBytes      shared    the header, counters and the positions of the ring
/// + sharedBytes       ring      the ring's data, twice in a row, shared with pytap
/// + 2 * ringBytes     end
/// ```
///
/// @param base a multiple of the page size
/// @param controlBytes size of the control memory, a multiple of the page size
/// @param sharedBytes size of the shared memory before the ring's data, a multiple of the page size
/// @param ringBytes size of the ring's data, a power of two and a multiple of the page size
public record RegionLayout(long base, int controlBytes, int sharedBytes, long ringBytes) {
  public static final int PAGE_BYTES = 4096;
  public static final int CODE_BYTES = 1 << 19;
  public static final int DATA_BYTES = PAGE_BYTES;

  /// What is kept free at the end of the code for what the target may call as long as it lives: the
  /// same bytes for whoever uses the region, so that it is never written over.
  public static final int RESIDENT_BYTES = PAGE_BYTES;

  public long resident() {
    return base + CODE_BYTES - RESIDENT_BYTES;
  }

  public long data() {
    return base + CODE_BYTES;
  }

  public long control() {
    return data() + DATA_BYTES;
  }

  public long shared() {
    return control() + controlBytes;
  }

  public long ring() {
    return shared() + sharedBytes;
  }

  /// Size of the whole range.
  public long sizeBytes() {
    return ring() + 2 * ringBytes - base;
  }
}
