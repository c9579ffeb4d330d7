package pytap.place;

/// What the kernel can say of the moment a probe fires. Each takes `sizeBytes` of a record.
public enum Fact {
  /// `(tgid << 32) | tid`, in the initial pid namespace.
  PID_TGID(8),
  /// CLOCK_MONOTONIC nanoseconds.
  TIME_NANOS(8),
  /// `(gid << 32) | uid`.
  UID_GID(8),
  /// `(egid << 32) | euid`.
  EUID_EGID(8),
  /// The process id of the parent.
  PPID(8),
  /// The processor's number.
  CPU(8),
  /// The address of the instruction that was hit.
  UADDR(8),
  /// Which place of those that are armed was hit, as the kernel engine numbers them.
  PLACE(8),
  /// The task's command name, NUL-padded.
  EXECNAME(16),
  /// The registers, laid out as `struct pt_regs` (Linux 6.6 arch/x86/include/asm/ptrace.h).
  REGISTERS(168);

  private final int sizeBytes;

  Fact(int sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  public int sizeBytes() {
    return sizeBytes;
  }
}
