package pytap.asm.x86;

/// The general registers in the order of their encoding.
public enum GeneralRegister {
  RAX,
  RCX,
  RDX,
  RBX,
  RSP,
  RBP,
  RSI,
  RDI,
  R8,
  R9,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15;

  private static final int[] CALLER_SAVED = {0, 1, 2, 6, 7, 8, 9, 10, 11};

  static GeneralRegister of(int encoding) {
    return switch (encoding) {
      case 0 -> RAX;
      case 1 -> RCX;
      case 2 -> RDX;
      case 3 -> RBX;
      case 4 -> RSP;
      case 5 -> RBP;
      case 6 -> RSI;
      case 7 -> RDI;
      case 8 -> R8;
      case 9 -> R9;
      case 10 -> R10;
      case 11 -> R11;
      case 12 -> R12;
      case 13 -> R13;
      case 14 -> R14;
      case 15 -> R15;
      default -> throw new IllegalStateException("no general register " + encoding);
    };
  }

  /// This register in a set of registers: bit `ordinal()`.
  public int bit() {
    return 1 << ordinal();
  }

  /// The registers that a call may change (System V ABI, AMD64 supplement 1.0, figure 3.4).
  public static int callerSaved() {
    int set = 0;
    for (int encoding : CALLER_SAVED) {
      set |= 1 << encoding;
    }
    return set;
  }
}
