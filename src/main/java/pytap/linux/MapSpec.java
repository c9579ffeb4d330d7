package pytap.linux;

/// What a BPF map is to be.
///
/// @param name shown by the kernel, cut to 15 characters
/// @param keyBytes size of a key; 0 for ring buffers and queues
/// @param valueBytes size of a value; 0 for ring buffers
/// @param entries how many entries fit; of a ring buffer its size in bytes, a power of two and a
///   multiple of 4096
/// @param flags `BPF_F_…` bits
public record MapSpec(
    String name, MapType type, int keyBytes, int valueBytes, int entries, int flags) {

  /// Entries of a hash are allocated when they are used, not beforehand.
  public static final int NO_PREALLOC = 1;

  /// The values of an array can be mapped into this process.
  public static final int MMAPABLE = 1 << 10;

  /// An array whose values this process sees as memory, [BpfMap#mapValues()].
  public static MapSpec array(String name, int valueBytes, int entries) {
    return new MapSpec(name, MapType.ARRAY, 4, valueBytes, entries, MMAPABLE);
  }

  public static MapSpec perCpuArray(String name, int valueBytes, int entries) {
    return new MapSpec(name, MapType.PERCPU_ARRAY, 4, valueBytes, entries, 0);
  }

  public static MapSpec hash(String name, int keyBytes, int valueBytes, int entries) {
    return new MapSpec(name, MapType.HASH, keyBytes, valueBytes, entries, 0);
  }

  public static MapSpec ringBuffer(String name, int sizeBytes) {
    return new MapSpec(name, MapType.RINGBUF, 0, 0, sizeBytes, 0);
  }
}
