package pytap.ir;

/// Operators on one long.
public enum UnaryOperator {
  NEGATE("-"),
  COMPLEMENT("~"),
  /// 1 for 0, else 0.
  NOT("!");

  private final String symbol;

  UnaryOperator(String symbol) {
    this.symbol = symbol;
  }

  public String symbol() {
    return symbol;
  }
}
