package pytap.ir;

/// What a value is.
public enum Type {
  /// 64-bit two's complement, wrapping.
  LONG,
  /// A byte string without NUL, cut at MAXSTRINGLEN - 1 bytes when stored.
  STRING,
  /// What `<<<` adds numbers to; only globals and elements of arrays are statistics.
  STATISTIC,
  /// No value: what a function without `return VALUE` gives.
  VOID
}
