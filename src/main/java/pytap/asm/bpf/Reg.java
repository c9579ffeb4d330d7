package pytap.asm.bpf;

/// The eBPF registers. R0 returns, R1 to R5 pass arguments and are lost in calls, R6 to R9 survive
/// calls, R10 is the read-only frame pointer of a 512-byte stack.
public enum Reg {
  R0(0),
  R1(1),
  R2(2),
  R3(3),
  R4(4),
  R5(5),
  R6(6),
  R7(7),
  R8(8),
  R9(9),
  R10(10);

  private static final Reg[] BY_NUMBER = values();

  private final int number;

  Reg(int number) {
    this.number = number;
  }

  /// The number that the encoding uses, 0 to 10.
  public int number() {
    return number;
  }

  static Reg of(int number) {
    return BY_NUMBER[number];
  }

  @Override
  public String toString() {
    return "r" + number;
  }
}
