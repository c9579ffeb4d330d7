package pytap.cli;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.session.EngineChoice;

/// What the command line asks for.
///
/// @param script the script's text (`-e`), or the file that holds it
/// @param arguments the script's own arguments, `$1` first
/// @param command `-c`
/// @param pid `-x`
/// @param output `-o`
/// @param tapsetDirectories `-I`, in order
/// @param verbosity how often `-v` was given
/// @param lastPass `-p`: 1 to 5
/// @param bufferMebibytes `-s`
/// @param engine `--engine`
/// @param lossless `--lossless`
record Options(
    Script script,
    List<String> arguments,
    Optional<String> command,
    OptionalInt pid,
    Optional<String> output,
    List<String> tapsetDirectories,
    int verbosity,
    int lastPass,
    int bufferMebibytes,
    EngineChoice engine,
    boolean lossless) {

  static final int DEFAULT_BUFFER_MEBIBYTES = 16;
  static final int MOST_BUFFER_MEBIBYTES = 1024;

  Options {
    arguments = List.copyOf(arguments);
    tapsetDirectories = List.copyOf(tapsetDirectories);
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

    record Version() implements Request {}

    record Help() implements Request {}

    /// The command line is wrong; `lines` say how.
    record Wrong(List<String> lines) implements Request {
      public Wrong {
        lines = List.copyOf(lines);
      }
    }
  }
}
