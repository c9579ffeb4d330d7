package pytap.ir;

/// How a statistic sorts its values into buckets.
public sealed interface Histogram {
  /// `@hist_log`: one bucket for each power of two, of either sign, and one for 0.
  record Log() implements Histogram {}

  /// `@hist_linear`: buckets of `step` from `low` to `high`, and one on each side for the rest.
  record Linear(long low, long high, long step) implements Histogram {}
}
