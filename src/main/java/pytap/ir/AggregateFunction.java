package pytap.ir;

/// What can be asked of a statistic.
public enum AggregateFunction {
  COUNT("@count"),
  SUM("@sum"),
  MIN("@min"),
  MAX("@max"),
  AVERAGE("@avg"),
  VARIANCE("@variance");

  private final String symbol;

  AggregateFunction(String symbol) {
    this.symbol = symbol;
  }

  public String symbol() {
    return symbol;
  }
}
