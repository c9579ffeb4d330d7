package pytap.runtime;

/// The limits a script runs under, as SystemTap 4.8 names them (stap(1), "MAXSTRINGLEN" and so on).
///
/// @param maxStringLength MAXSTRINGLEN: bytes of a string value with its final NUL
/// @param maxMapEntries MAXMAPENTRIES: entries of an array declared without a size
/// @param maxAction MAXACTION: statements in one run of a marker's or timer's handler
/// @param maxActionInterruptible MAXACTION_INTERRUPTIBLE: the same for `begin`, `end` and `error`
/// @param maxNesting MAXNESTING: calls of functions inside each other, beyond the first
public record Limits(
    int maxStringLength,
    int maxMapEntries,
    int maxAction,
    int maxActionInterruptible,
    int maxNesting) {

  /// SystemTap's own values.
  public static final Limits DEFAULT = new Limits(512, 2048, 1000, 10_000, 10);

  /// The most bytes a string value has.
  public int textBytes() {
    return maxStringLength - 1;
  }
}
