package pytap.asm.bpf;

/// Conditions of a jump, `left OP right`. Without SIGNED in the name both sides are unsigned.
public enum Jump {
  EQUAL(0x10, "=="),
  GREATER(0x20, ">"),
  GREATER_EQUAL(0x30, ">="),
  ANY_BIT(0x40, "&"),
  NOT_EQUAL(0x50, "!="),
  SIGNED_GREATER(0x60, "s>"),
  SIGNED_GREATER_EQUAL(0x70, "s>="),
  LESS(0xa0, "<"),
  LESS_EQUAL(0xb0, "<="),
  SIGNED_LESS(0xc0, "s<"),
  SIGNED_LESS_EQUAL(0xd0, "s<=");

  private final int code;
  private final String text;

  Jump(int code, String text) {
    this.code = code;
    this.text = text;
  }

  int code() {
    return code;
  }

  static Jump ofCode(int opcode) {
    int wanted = opcode & 0xf0;
    for (Jump jump : values()) {
      if (jump.code == wanted) {
        return jump;
      }
    }
    throw new IllegalStateException("not a conditional jump: 0x" + Integer.toHexString(opcode));
  }

  @Override
  public String toString() {
    return text;
  }
}
