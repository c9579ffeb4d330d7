package pytap.asm.bpf;

import java.util.Locale;
import java.util.Optional;

/// The kernel functions ("helpers") that pytap's programs call, with their numbers (Linux 6.6
/// include/uapi/linux/bpf.h, `___BPF_FUNC_MAPPER`). All of them exist since Linux 5.17.
public enum BpfFunction {
  MAP_LOOKUP_ELEM(1),
  MAP_UPDATE_ELEM(2),
  MAP_DELETE_ELEM(3),
  KTIME_GET_NS(5),
  GET_PRANDOM_U32(7),
  GET_SMP_PROCESSOR_ID(8),
  TAIL_CALL(12),
  GET_CURRENT_PID_TGID(14),
  GET_CURRENT_UID_GID(15),
  GET_CURRENT_COMM(16),
  GET_STACKID(27),
  GET_CURRENT_TASK(35),
  GET_STACK(67),
  GET_CURRENT_CGROUP_ID(80),
  SEND_SIGNAL(109),
  PROBE_READ_USER(112),
  PROBE_READ_KERNEL(113),
  PROBE_READ_USER_STR(114),
  PROBE_READ_KERNEL_STR(115),
  GET_NS_CURRENT_PID_TGID(120),
  KTIME_GET_BOOT_NS(125),
  RINGBUF_OUTPUT(130),
  RINGBUF_RESERVE(131),
  RINGBUF_SUBMIT(132),
  RINGBUF_DISCARD(133),
  RINGBUF_QUERY(134),
  FOR_EACH_MAP_ELEM(164),
  GET_ATTACH_COOKIE(174),
  LOOP(181),
  STRNCMP(182);

  private final int number;

  BpfFunction(int number) {
    this.number = number;
  }

  /// What the `call` instruction carries.
  public int number() {
    return number;
  }

  /// The kernel's own name, `map_lookup_elem`.
  public String kernelName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<BpfFunction> ofNumber(int number) {
    for (BpfFunction function : values()) {
      if (function.number == number) {
        return Optional.of(function);
      }
    }
    return Optional.empty();
  }
}
