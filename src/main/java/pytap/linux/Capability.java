package pytap.linux;

/// The capabilities that tracing may need (Linux 6.6 include/uapi/linux/capability.h).
public enum Capability {
  CAP_SYS_PTRACE(19),
  CAP_SYS_ADMIN(21),
  CAP_PERFMON(38),
  CAP_BPF(39);

  private final int bit;

  Capability(int bit) {
    this.bit = bit;
  }

  long mask() {
    return 1L << bit;
  }
}
