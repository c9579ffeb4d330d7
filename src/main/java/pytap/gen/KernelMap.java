package pytap.gen;

/// The maps that all kernel programs of a session share, by the number that programs use for them.
public enum KernelMap {
  /// BPF_MAP_TYPE_RINGBUF: the records, see [pytap.place.RecordLayout].
  RING,
  /// BPF_MAP_TYPE_HASH, u32 process id to u8: the processes that are traced.
  TREE,
  /// BPF_MAP_TYPE_ARRAY of one value: working memory, see [Scratch].
  SCRATCH,
  /// BPF_MAP_TYPE_ARRAY of one value: counters, see [Counters].
  COUNTERS;

  /// The number that programs use.
  public int number() {
    return ordinal();
  }
}
