package pytap.asm.bpf;

/// Arithmetic of two operands. Division and modulo are unsigned; a zero divisor gives 0 for `/` and
/// leaves the left operand for `%`, without a trap.
public enum Alu {
  ADD(0x00, "+="),
  SUB(0x10, "-="),
  MUL(0x20, "*="),
  DIV(0x30, "/="),
  OR(0x40, "|="),
  AND(0x50, "&="),
  SHIFT_LEFT(0x60, "<<="),
  SHIFT_RIGHT(0x70, ">>="),
  NEGATE(0x80, "= -"),
  MOD(0x90, "%="),
  XOR(0xa0, "^="),
  MOV(0xb0, "="),
  SHIFT_RIGHT_SIGNED(0xc0, "s>>=");

  private static final Alu[] BY_CODE = values();

  private final int code;
  private final String text;

  Alu(int code, String text) {
    this.code = code;
    this.text = text;
  }

  int code() {
    return code;
  }

  static Alu ofCode(int opcode) {
    return BY_CODE[(opcode & 0xf0) >> 4];
  }

  @Override
  public String toString() {
    return text;
  }
}
