package pytap.asm.bpf;

/// The eBPF registers. R0 returns, R1 to R5 pass arguments and are lost in calls, R6 to R9 survive
/// calls, R10 is the read-only frame pointer of a 512-byte stack.
public enum Reg {
  R0,
  R1,
  R2,
  R3,
  R4,
  R5,
  R6,
  R7,
  R8,
  R9,
  R10;

  private static final Reg[] BY_NUMBER = values();

  /// The number that the encoding uses, 0 to 10.
  public int number() {
    return ordinal();
  }

  static Reg of(int number) {
    return BY_NUMBER[number];
  }

  @Override
  public String toString() {
    return "r" + ordinal();
  }
}
