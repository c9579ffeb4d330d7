package pytap.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.runtime.Limits;
import pytap.session.EngineChoice;

/// What the command line asks for.
///
/// @param script the script's text (`-e`), or the file that holds it
/// @param additions texts that are part of the script, too (`-E`)
/// @param arguments the script's own arguments, `$1` first
/// @param command `-c`
/// @param pid `-x`
/// @param output where the script prints
/// @param tapsetDirectories `-I`, in order
/// @param verbosity how often `-v` was given
/// @param lastPass `-p`: 1 to 5
/// @param bufferMebibytes `-s`
/// @param engine `--engine`
/// @param lossless `--lossless`
/// @param rawMarkers `--raw-markers`
/// @param seconds `-T`: the session ends after so many
/// @param language how the script is understood
/// @param idle what `-v` says of options that change nothing here
record Options(
    Script script,
    List<String> additions,
    List<String> arguments,
    Optional<String> command,
    OptionalInt pid,
    Output output,
    List<String> tapsetDirectories,
    int verbosity,
    int lastPass,
    int bufferMebibytes,
    EngineChoice engine,
    boolean lossless,
    boolean rawMarkers,
    OptionalInt seconds,
    Language language,
    List<String> idle) {

  static final int DEFAULT_BUFFER_MEBIBYTES = 16;
  static final int STACKS_BUFFER_MEBIBYTES = 128;
  static final int MOST_BUFFER_MEBIBYTES = 1024;

  Options {
    additions = List.copyOf(additions);
    arguments = List.copyOf(arguments);
    tapsetDirectories = List.copyOf(tapsetDirectories);
    idle = List.copyOf(idle);
  }

  /// Where the script prints.
  ///
  /// @param path `-o`; standard output where absent
  /// @param fileMebibytes `-S`: a new file when one is so large; 0 for one file
  /// @param files `-S`: how many of them are kept; 0 for all
  record Output(Optional<String> path, int fileMebibytes, int files) {
    static final Output STANDARD = new Output(Optional.empty(), 0, 0);
  }

  /// How the script is understood.
  ///
  /// @param limits `-D`, `--suppress-time-limits`, `--suppress-handler-errors`
  /// @param globals `-G`
  /// @param elide what nobody reads is left out; `-u` keeps it
  /// @param warnings `-w` and `-W`
  /// @param printsUnread whether globals that nobody reads are printed at the end;
  ///   `--no-global-var-display`
  /// @param color whether messages are coloured
  record Language(
      Limits limits,
      Map<String, String> globals,
      boolean elide,
      Warnings warnings,
      boolean printsUnread,
      boolean color) {
    static final Language DEFAULT =
        new Language(Limits.DEFAULT, Map.of(), true, Warnings.SHOWN, true, false);

    Language {
      globals = Map.copyOf(globals);
    }
  }

  /// What becomes of warnings.
  enum Warnings {
    SHOWN,
    HIDDEN,
    ERRORS
  }

  /// Where the script comes from.
  sealed interface Script {
    record Text(String text) implements Script {}

    record File(String path) implements Script {}

    record StandardInput() implements Script {}
  }

  /// What a command line amounts to.
  sealed interface Request {
    record Run(Options options) implements Request {}

    /// `-l` and `-L`.
    ///
    /// @param variables say what each probe point knows
    record ListPoints(String point, boolean variables, Options options) implements Request {}

    /// `--dump-functions` and its like.
    record Dump(Catalogue catalogue) implements Request {}

    /// `notes`.
    ///
    /// @param subject a program, a library or the number of a process
    record Notes(String subject) implements Request {}

    /// `doctor`.
    ///
    /// @param pid the process that is asked about
    record Doctor(OptionalInt pid) implements Request {}

    record Version() implements Request {}

    record Help() implements Request {}

    /// The command line is wrong; `lines` say how.
    record Wrong(List<String> lines) implements Request {
      public Wrong {
        lines = List.copyOf(lines);
      }
    }
  }

  /// What `--dump-…` prints.
  enum Catalogue {
    FUNCTIONS,
    PROBE_ALIASES,
    PROBE_TYPES
  }
}
