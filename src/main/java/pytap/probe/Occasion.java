package pytap.probe;

import java.util.Optional;
import java.util.OptionalInt;

/// When a handler runs, in no particular script language.
public sealed interface Occasion {

  /// Before anything is traced; smaller `order` first, then the order in the script.
  record SessionBegin(long order) implements Occasion {}

  /// When tracing ends without a run-time error; smaller `order` first.
  record SessionEnd(long order) implements Occasion {}

  /// When tracing ends by a run-time error.
  record SessionError(long order) implements Occasion {}

  /// Every `periodNanos` (at least 1) after tracing began, each time up to `spreadNanos` earlier or
  /// later.
  record Timer(long periodNanos, long spreadNanos) implements Occasion {
    public Timer(long periodNanos) {
      this(periodNanos, 0);
    }
  }

  /// The life of a process or a thread.
  ///
  /// @param process only of processes that run this program: a name looked up on PATH, or a path
  /// @param pid only of this process; where both are absent, of the session's target and its
  ///   descendants
  record Life(Event event, Optional<String> process, OptionalInt pid) implements Occasion {}

  /// What happens in a life.
  enum Event {
    /// A process runs a program from now on; also once for each that runs when tracing begins.
    PROCESS_BEGIN,
    PROCESS_END,
    /// The same for a thread, a process's first one included.
    THREAD_BEGIN,
    THREAD_END
  }

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
