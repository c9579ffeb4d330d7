package pytap.runtime;

import java.util.Optional;

/// The limits a script runs under, as SystemTap 4.8 names them (stap(1), "MAXSTRINGLEN" and so on).
///
/// @param maxStringLength MAXSTRINGLEN: bytes of a string value with its final NUL
/// @param maxMapEntries MAXMAPENTRIES: entries of an array declared without a size
/// @param maxAction MAXACTION: statements in one run of a marker's or timer's handler
/// @param maxActionInterruptible MAXACTION_INTERRUPTIBLE: the same for `begin`, `end` and `error`
/// @param maxNesting MAXNESTING: calls of functions inside each other, beyond the first
/// @param maxErrors MAXERRORS: run-time errors that a session survives
/// @param suppressErrors run-time errors end their handler and nothing else, and are only counted
///   (`--suppress-handler-errors`)
public record Limits(
    int maxStringLength,
    int maxMapEntries,
    int maxAction,
    int maxActionInterruptible,
    int maxNesting,
    int maxErrors,
    boolean suppressErrors) {

  /// SystemTap's own values.
  public static final Limits DEFAULT = new Limits(512, 2048, 1000, 10_000, 10, 0, false);

  private static final int MOST_STRING_LENGTH = 1 << 16;

  private static final int MOST_MAP_ENTRIES = 1 << 24;

  /// A JVM's stack holds so many calls of a script's functions at least.
  private static final int MOST_NESTING = 2_000;

  /// Whether stap knows a limit of that name.
  public static boolean isLimit(String name) {
    return switch (name) {
      case "MAXSTRINGLEN",
          "MAXMAPENTRIES",
          "MAXACTION",
          "MAXACTION_INTERRUPTIBLE",
          "MAXNESTING",
          "MAXERRORS",
          "MAXSKIPPED",
          "MAXTRYACTION",
          "MAXTRYLOCK" ->
          true;
      default -> false;
    };
  }

  /// The most bytes a string value has.
  public int textBytes() {
    return maxStringLength - 1;
  }

  /// Whether a session ends after so many run-time errors.
  public boolean endsAfter(int errors) {
    return errors > maxErrors && !suppressErrors;
  }

  /// These limits with the one that stap's `-D NAME=VALUE` sets; unchanged for a name that makes no
  /// difference here, such as MAXSKIPPED: handlers are never skipped. Values beyond what pytap can
  /// do are brought within it.
  ///
  /// @return empty for a value that makes no sense
  public Optional<Limits> with(String name, long value) {
    int bounded = (int) Math.clamp(value, 0L, (long) Integer.MAX_VALUE);
    boolean makesSense =
        switch (name) {
          case "MAXSTRINGLEN" -> value >= 2;
          case "MAXMAPENTRIES" -> value >= 1;
          default -> value >= 0;
        };
    return makesSense ? Optional.of(changed(name, bounded)) : Optional.empty();
  }

  private Limits changed(String name, int value) {
    return new Limits(
        name.equals("MAXSTRINGLEN") ? Math.min(value, MOST_STRING_LENGTH) : maxStringLength,
        name.equals("MAXMAPENTRIES") ? Math.min(value, MOST_MAP_ENTRIES) : maxMapEntries,
        name.equals("MAXACTION") ? value : maxAction,
        name.equals("MAXACTION_INTERRUPTIBLE") ? value : maxActionInterruptible,
        name.equals("MAXNESTING") ? Math.min(value, MOST_NESTING) : maxNesting,
        name.equals("MAXERRORS") ? value : maxErrors,
        suppressErrors);
  }

  /// These limits with run-time errors counted and nothing else.
  public Limits suppressingErrors() {
    return new Limits(
        maxStringLength,
        maxMapEntries,
        maxAction,
        maxActionInterruptible,
        maxNesting,
        maxErrors,
        true);
  }
}
