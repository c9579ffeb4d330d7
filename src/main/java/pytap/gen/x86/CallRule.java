package pytap.gen.x86;

import java.util.List;
import java.util.Optional;
import pytap.asm.bpf.BpfFunction;

/// What a function of the engine takes in R1 to R5 and leaves in R0.
record CallRule(List<Argument> arguments, Result result) {

  enum Argument {
    ANY,
    /// An array or hash.
    MAP,
    RING,
    /// Memory with as many bytes as the map's keys have.
    KEY,
    /// Memory with as many bytes as the map's values have.
    VALUE,
    CONTEXT,
    /// Memory that is written; the next argument says how many bytes.
    WRITTEN,
    /// Memory that is read; the next argument says how many bytes.
    READ,
    SIZE,
    /// A number known when the program is verified.
    CONSTANT,
    /// A record that was reserved; it is gone afterwards.
    RECORD,
    SUBPROGRAM
  }

  enum Result {
    NUMBER,
    ENTRY_OR_NULL,
    RECORD_OR_NULL
  }

  private static Optional<CallRule> number(Argument... arguments) {
    return Optional.of(new CallRule(List.of(arguments), Result.NUMBER));
  }

  /// The rule for `function`; empty where the in-process engine does not offer it.
  static Optional<CallRule> of(BpfFunction function) {
    return switch (function) {
      case MAP_LOOKUP_ELEM ->
          Optional.of(new CallRule(List.of(Argument.MAP, Argument.KEY), Result.ENTRY_OR_NULL));
      case MAP_UPDATE_ELEM -> number(Argument.MAP, Argument.KEY, Argument.VALUE, Argument.ANY);
      case MAP_DELETE_ELEM -> number(Argument.MAP, Argument.KEY);
      case KTIME_GET_NS,
          KTIME_GET_BOOT_NS,
          GET_PRANDOM_U32,
          GET_SMP_PROCESSOR_ID,
          GET_CURRENT_PID_TGID,
          GET_CURRENT_UID_GID,
          GET_CURRENT_TASK ->
          number();
      case GET_CURRENT_COMM -> number(Argument.WRITTEN, Argument.SIZE);
      case PROBE_READ_USER, PROBE_READ_KERNEL, PROBE_READ_USER_STR, PROBE_READ_KERNEL_STR ->
          number(Argument.WRITTEN, Argument.SIZE, Argument.ANY);
      case RINGBUF_OUTPUT -> number(Argument.RING, Argument.READ, Argument.SIZE, Argument.ANY);
      case RINGBUF_RESERVE ->
          Optional.of(
              new CallRule(
                  List.of(Argument.RING, Argument.CONSTANT, Argument.ANY), Result.RECORD_OR_NULL));
      case RINGBUF_SUBMIT, RINGBUF_DISCARD -> number(Argument.RECORD, Argument.ANY);
      case GET_ATTACH_COOKIE -> number(Argument.CONTEXT);
      case LOOP -> number(Argument.ANY, Argument.SUBPROGRAM, Argument.ANY, Argument.ANY);
      case TAIL_CALL,
          GET_STACKID,
          GET_STACK,
          GET_CURRENT_CGROUP_ID,
          SEND_SIGNAL,
          GET_NS_CURRENT_PID_TGID,
          RINGBUF_QUERY,
          FOR_EACH_MAP_ELEM,
          STRNCMP ->
          Optional.empty();
    };
  }
}
