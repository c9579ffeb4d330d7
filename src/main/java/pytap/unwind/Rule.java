package pytap.unwind;

/// Where the caller's value of a register is (DWARF 5, 6.4.1).
sealed interface Rule {
  /// Nowhere: it is lost.
  record Undefined() implements Rule {}

  /// It is still in the register.
  record SameValue() implements Rule {}

  /// In memory at CFA + offset.
  record AtOffset(long offset) implements Rule {}

  /// It is CFA + offset.
  record OfOffset(long offset) implements Rule {}

  /// In another register.
  record InRegister(int register) implements Rule {}

  /// In memory where an expression says; it lies at a link-time address.
  record AtExpression(long address, long length) implements Rule {}

  /// What an expression says.
  record OfExpression(long address, long length) implements Rule {}
}
