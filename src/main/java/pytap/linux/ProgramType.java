package pytap.linux;

/// What a BPF program is attached to, which decides what it may do.
public enum ProgramType {
  /// Many places of one file by one link (Linux 6.6 and later).
  UPROBE_MULTI(2, BpfCall.LinkUprobeMulti.ATTACH_TYPE),
  /// One place by one perf event.
  UPROBE_PERF(2, 0),
  /// A kernel tracepoint, with its raw arguments.
  RAW_TRACEPOINT(17, 0),
  /// Runs only when asked to, [BpfProgram#run].
  SYSCALL(31, 0);

  private final int number;
  private final int expectedAttachType;

  ProgramType(int number, int expectedAttachType) {
    this.number = number;
    this.expectedAttachType = expectedAttachType;
  }

  /// `enum bpf_prog_type` (Linux 6.6 include/uapi/linux/bpf.h).
  int number() {
    return number;
  }

  /// `enum bpf_attach_type`.
  int expectedAttachType() {
    return expectedAttachType;
  }

  /// Programs on demand must declare that they may sleep (`BPF_F_SLEEPABLE`).
  int flags() {
    return this == SYSCALL ? 1 << 4 : 0;
  }
}
