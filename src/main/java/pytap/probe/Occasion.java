package pytap.probe;

import java.util.Optional;

/// When a handler runs, in no particular script language.
public sealed interface Occasion {

  /// Before anything is traced; smaller `order` first, then the order in the script.
  record SessionBegin(long order) implements Occasion {}

  /// When tracing ends without a run-time error; smaller `order` first.
  record SessionEnd(long order) implements Occasion {}

  /// When tracing ends by a run-time error.
  record SessionError(long order) implements Occasion {}

  /// Every `periodNanos` (at least 1) after tracing began.
  record Timer(long periodNanos) implements Occasion {}

  /// Never: compiled and checked only.
  record Never() implements Occasion {}

  /// A marker in a process.
  ///
  /// @param process whose: absent, the session's target (`-c`, `-x`) whatever it runs; else a name
  ///   looked up on PATH, or a path
  /// @param library the file name (or path) of a shared library of that process which holds the
  ///   marker
  /// @param provider `python` where the script names it
  /// @param marker the marker's name, may hold `*` and `?`
  record Marker(
      Optional<String> process, Optional<String> library, Optional<String> provider, String marker)
      implements Occasion {}
}
