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

  /// What an operator takes and gives.
  public enum Kind {
    /// Two longs to a long.
    ARITHMETIC,
    /// Two values of one type to 1 or 0.
    COMPARISON,
    /// Two strings to a string.
    TEXT
  }

  private final String symbol;

  BinaryOperator(String symbol) {
    this.symbol = symbol;
  }

  public Kind kind() {
    return switch (this) {
      case ADD,
          SUBTRACT,
          MULTIPLY,
          DIVIDE,
          MODULO,
          SHIFT_LEFT,
          SHIFT_RIGHT,
          SHIFT_RIGHT_UNSIGNED,
          AND,
          OR,
          XOR ->
          Kind.ARITHMETIC;
      case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> Kind.COMPARISON;
      case CONCATENATE -> Kind.TEXT;
    };
  }

  public String symbol() {
    return symbol;
  }
}
