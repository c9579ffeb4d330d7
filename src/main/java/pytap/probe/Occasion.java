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

  /// Something that is at places of files, and has a record for each hit.
  sealed interface InFile extends Occasion {
    /// Whose: absent, the session's target (`-c`, `-x`) whatever it runs; else a name looked up on
    /// PATH, or a path.
    Optional<String> process();

    /// The file name (or path) of a shared library of that process which holds it.
    Optional<String> library();
  }

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
      implements InFile {

    /// Whether it may stand for markers of several names.
    public boolean isPattern() {
      return Glob.isPattern(marker) || provider.filter(Glob::isPattern).isPresent();
    }
  }

  /// A function of native code.
  ///
  /// @param function its name in a symbol table, may hold patterns
  /// @param exported only if other files can call it by its name
  record Function(
      Optional<String> process,
      Optional<String> library,
      String function,
      Side side,
      boolean exported)
      implements InFile {

    /// How many arguments a place of a function has for the record; the ABI has no end of them.
    public static final int ARGUMENTS = 16;

    /// Whether it may stand for functions of several names.
    public boolean isPattern() {
      return Glob.isPattern(function);
    }

    /// What follows the function in a probe point: `.return`.
    public String suffix() {
      return (exported ? ".exported" : "") + side.suffix;
    }
  }

  /// Which end of a function's run.
  enum Side {
    /// Its first instruction.
    ENTRY(""),
    /// The same, written `.call`.
    CALL(".call"),
    /// Behind its last, in its caller.
    RETURN(".return");

    private final String suffix;

    Side(String suffix) {
      this.suffix = suffix;
    }
  }
}
