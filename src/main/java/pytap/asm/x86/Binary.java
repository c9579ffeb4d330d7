package pytap.asm.x86;

/// The arithmetic of two operands that share one encoding, in the order of its extension bits.
public enum Binary {
  ADD,
  OR,
  ADC,
  SBB,
  AND,
  SUB,
  XOR,
  CMP
}
