package pytap.linux;

/// Kinds of BPF maps (`enum bpf_map_type`, Linux 6.6 include/uapi/linux/bpf.h).
public enum MapType {
  HASH(1),
  ARRAY(2),
  PROG_ARRAY(3),
  PERCPU_HASH(5),
  PERCPU_ARRAY(6),
  STACK_TRACE(7),
  LRU_HASH(9),
  LRU_PERCPU_HASH(10),
  QUEUE(22),
  STACK(23),
  RINGBUF(27);

  private final int number;

  MapType(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /// Whether every processor has a value of its own per key.
  boolean perCpu() {
    return this == PERCPU_HASH || this == PERCPU_ARRAY || this == LRU_PERCPU_HASH;
  }
}
