package pytap.asm.x86;

/// Conditions of `jcc`, in the order of their encoding.
public enum Condition {
  OVERFLOW,
  NO_OVERFLOW,
  BELOW,
  ABOVE_EQUAL,
  EQUAL,
  NOT_EQUAL,
  BELOW_EQUAL,
  ABOVE,
  SIGN,
  NO_SIGN,
  PARITY,
  NO_PARITY,
  LESS,
  GREATER_EQUAL,
  LESS_EQUAL,
  GREATER
}
