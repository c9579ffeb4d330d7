package pytap.ir;

/// Operators on two values of one type. Comparisons and arithmetic take two longs; comparisons also
/// take two strings (compared by bytes); [#CONCATENATE] takes two strings.
public enum BinaryOperator {
  ADD("+"),
  SUBTRACT("-"),
  MULTIPLY("*"),
  /// Truncates towards zero; division by 0 is a run-time error; MIN / -1 is MIN.
  DIVIDE("/"),
  MODULO("%"),
  /// Shift counts are taken modulo 64.
  SHIFT_LEFT("<<"),
  SHIFT_RIGHT(">>"),
  SHIFT_RIGHT_UNSIGNED(">>>"),
  AND("&"),
  OR("|"),
  XOR("^"),
  EQUAL("=="),
  NOT_EQUAL("!="),
  LESS("<"),
  LESS_OR_EQUAL("<="),
  GREATER(">"),
  GREATER_OR_EQUAL(">="),
  CONCATENATE(".");

  private final String symbol;

  BinaryOperator(String symbol) {
    this.symbol = symbol;
  }

  public String symbol() {
    return symbol;
  }
}
