package pytap.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import pytap.runtime.Limits;
import pytap.session.EngineChoice;

/// What the options of a command line have chosen so far. Each method takes one option's value and
/// gives what is wrong with it, or nothing.
final class Choices {
  static final String TRY_HELP = "Try '--help' for more information.";

  final List<String> plain = new ArrayList<>();
  private final List<String> directories = new ArrayList<>();
  private final List<String> additions = new ArrayList<>();
  private final List<String> idle = new ArrayList<>();
  private final Map<String, String> globals = new LinkedHashMap<>();
  private Optional<String> text = Optional.empty();
  private Optional<String> command = Optional.empty();
  private Options.Output output = Options.Output.STANDARD;
  private Optional<String> listed = Optional.empty();
  private boolean variables;
  private OptionalInt pid = OptionalInt.empty();
  private OptionalInt seconds = OptionalInt.empty();
  private Limits limits = Limits.DEFAULT;
  private Options.Warnings warnings = Options.Warnings.SHOWN;
  private boolean elide = true;
  private boolean printsUnread = true;
  private boolean color;
  private boolean guru;
  private EngineChoice engine = EngineChoice.AUTO;
  private boolean lossless;
  private boolean rawMarkers;
  private int verbosity;
  private int lastPass = 5;
  private int bufferMebibytes = Options.DEFAULT_BUFFER_MEBIBYTES;

  /// What is wrong with an option.
  static List<String> wrong(String... lines) {
    return List.of(lines);
  }

  private static final List<String> FINE = List.of();

  /// An option that is a letter alone.
  List<String> letter(char letter) {
    switch (letter) {
      case 'v' -> verbosity++;
      case 'u' -> elide = false;
      case 'w' -> warnings = Options.Warnings.HIDDEN;
      case 'W' -> warnings = Options.Warnings.ERRORS;
      case 'g' -> {
        guru = true;
        idle("-g", "there is no C in scripts, and nothing to unlock");
      }
      case 'k' -> idle("-k", "there is no temporary directory");
      case 'b' -> idle("-b", "all processors write to one buffer");
      case 't' -> idle("-t", "-vv says what each probe costs");
      case 'q' -> idle("-q", "nothing is recorded of the tapsets used");
      case 'P' -> idle("-P", "markers stand behind prologues");
      case 'F' -> {
        return wrong(
            "-F is not supported: a script does not stay when pytap ends.",
            "Run pytap in the background instead, with -o FILE and, for a bounded size, -S.");
      }
      default -> {
        return wrong("-i is not supported: write the script to a file.");
      }
    }
    return FINE;
  }

  /// An option that is a letter with a value.
  List<String> letter(char letter, String value) {
    switch (letter) {
      case 'e' -> {
        if (text.isPresent()) {
          return wrong("Only one script can be given on the command line.", TRY_HELP);
        }
        text = Optional.of(value);
      }
      case 'E' -> additions.add(value);
      case 'c' -> command = Optional.of(value);
      case 'o' ->
          output = new Options.Output(Optional.of(value), output.fileMebibytes(), output.files());
      case 'I' -> directories.add(value);
      case 'l', 'L' -> {
        listed = Optional.of(value);
        variables = letter == 'L';
      }
      case 'D' -> {
        return define(value);
      }
      case 'G' -> {
        return global(value);
      }
      case 'S' -> {
        return fileSize(value);
      }
      case 'r', 'a', 'R', 'B', 'm' -> idle("-" + letter, LongOption.NO_MODULE);
      case 'd' -> idle("-d", "symbols are read from the files that the target has mapped");
      default -> {
        return number(letter, value);
      }
    }
    return FINE;
  }

  private List<String> number(char letter, String value) {
    int most =
        switch (letter) {
          case 'p' -> 5;
          case 's' -> Options.MOST_BUFFER_MEBIBYTES;
          default -> Integer.MAX_VALUE;
        };
    OptionalInt number = number(value, 1, most);
    if (number.isEmpty()) {
      return wrong(
          switch (letter) {
            case 'x' -> "Invalid target process ID number.";
            case 'p' -> "Invalid pass number (should be 1-5).";
            case 'T' -> "Invalid timeout interval.";
            default -> "Invalid buffer size (should be 1-" + most + " MiB).";
          });
    }
    switch (letter) {
      case 'x' -> pid = number;
      case 'p' -> lastPass = number.getAsInt();
      case 'T' -> seconds = number;
      default -> bufferMebibytes = number.getAsInt();
    }
    return FINE;
  }

  /// `NAME` or `NAME=VALUE`; names that stap's runtime alone knows change nothing.
  private List<String> define(String definition) {
    int equals = definition.indexOf('=');
    String name = equals < 0 ? definition : definition.substring(0, equals);
    OptionalLong value = equals < 0 ? OptionalLong.of(1) : longNumber(definition, equals + 1);
    Optional<Limits> changed =
        value.isEmpty() ? Optional.empty() : limits.with(name, value.getAsLong());
    if (changed.isEmpty() && Limits.isLimit(name)) {
      return wrong("Invalid value in -D " + definition + ".");
    }
    changed.ifPresent(known -> limits = known);
    if (!Limits.isLimit(name)) {
      idle("-D " + name, LongOption.NO_MODULE);
    }
    return FINE;
  }

  private List<String> global(String definition) {
    int equals = definition.indexOf('=');
    if (equals <= 0) {
      return wrong("-G takes NAME=VALUE, not '" + definition + "'.", TRY_HELP);
    }
    globals.put(definition.substring(0, equals), definition.substring(equals + 1));
    return FINE;
  }

  private List<String> fileSize(String value) {
    int comma = value.indexOf(',');
    OptionalInt size = number(comma < 0 ? value : value.substring(0, comma), 1, 1 << 20);
    OptionalInt files =
        comma < 0 ? OptionalInt.of(0) : number(value.substring(comma + 1), 1, 1 << 20);
    if (size.isEmpty() || files.isEmpty()) {
      return wrong("Invalid file size in -S " + value + " (should be SIZE or SIZE,FILES).");
    }
    output = new Options.Output(output.path(), size.getAsInt(), files.getAsInt());
    return FINE;
  }

  /// An option that is written out, and known.
  List<String> word(String name, Optional<String> value) {
    switch (name) {
      case "vp" -> {
        return passes(value.orElse(""));
      }
      case "color", "colour" -> {
        return colors(value.orElse("auto"));
      }
      case "lossless" -> lossless = true;
      case "raw-markers" -> rawMarkers = true;
      case "engine" -> {
        return engine(value.orElse(""));
      }
      case "suppress-handler-errors" -> limits = limits.suppressingErrors();
      case "no-global-var-display" -> printsUnread = false;
      case "privilege" -> {
        return privilege(value.orElse(""));
      }
      case "prologue-searching" -> {
        if (!List.of("never", "auto", "always").contains(value.orElse("always"))) {
          return wrong("Invalid argument '" + value.orElse("") + "' for --prologue-searching.");
        }
        idle("--prologue-searching", "markers stand behind prologues");
      }
      case "suppress-time-limits" -> {
        if (!guru) {
          return wrong("ERROR --suppress-time-limits requires guru mode (-g)");
        }
        limits =
            limits
                .with("MAXACTION", Integer.MAX_VALUE)
                .orElseThrow()
                .with("MAXACTION_INTERRUPTIBLE", Integer.MAX_VALUE)
                .orElseThrow();
      }
      default -> throw new IllegalStateException("nothing is done for --" + name);
    }
    return FINE;
  }

  private List<String> engine(String name) {
    Optional<EngineChoice> choice = EngineChoice.named(name);
    if (choice.isEmpty()) {
      return wrong("Invalid engine '" + name + "' (should be kernel, in-process or auto).");
    }
    engine = choice.get();
    return FINE;
  }

  private List<String> passes(String digits) {
    boolean valid = !digits.isEmpty() && digits.length() <= 5;
    for (int i = 0; i < digits.length(); i++) {
      valid &= Character.isDigit(digits.charAt(i));
    }
    if (!valid) {
      return wrong("Invalid --vp argument: it takes 1 to 5 digits.");
    }
    for (int i = 0; i < digits.length(); i++) {
      verbosity = Math.max(verbosity, digits.charAt(i) - '0');
    }
    return FINE;
  }

  private List<String> colors(String when) {
    switch (when) {
      case "always" -> color = true;
      case "never" -> color = false;
      case "auto" -> color = errorIsTerminal();
      default -> {
        return wrong("Invalid argument '" + when + "' for --color.");
      }
    }
    return FINE;
  }

  /// Whether standard error leads to a terminal.
  private static boolean errorIsTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException noProc) {
      return false;
    }
  }

  private List<String> privilege(String level) {
    if (!List.of("stapusr", "stapsys", "stapdev").contains(level)) {
      return wrong("Invalid argument '" + level + "' for --privilege.");
    }
    idle("--privilege", "a script can do nothing that its user may not");
    return FINE;
  }

  /// Notes an option that changes nothing here.
  void idle(String option, String reason) {
    idle.add(option + " changes nothing here: " + reason);
  }

  /// The number of a process; empty where `value` is none.
  static OptionalInt pid(String value) {
    return number(value, 1, Integer.MAX_VALUE);
  }

  private static OptionalInt number(String value, int least, int most) {
    OptionalLong number = longNumber(value, 0);
    return number.isEmpty() || number.getAsLong() < least || number.getAsLong() > most
        ? OptionalInt.empty()
        : OptionalInt.of((int) number.getAsLong());
  }

  private static OptionalLong longNumber(String text, int from) {
    try {
      return OptionalLong.of(Long.parseLong(text.substring(from)));
    } catch (NumberFormatException notNumber) {
      return OptionalLong.empty();
    }
  }

  Options.Request request() {
    if (command.isPresent() && pid.isPresent()) {
      return new Options.Request.Wrong(wrong("You can't specify both -c and -x.", TRY_HELP));
    }
    if (output.fileMebibytes() > 0 && output.path().isEmpty()) {
      return new Options.Request.Wrong(
          wrong("You have to specify output FILE with '-S' option.", TRY_HELP));
    }
    if (listed.isPresent()) {
      return new Options.Request.ListPoints(
          listed.get(), variables, options(new Options.Script.Text(""), plain));
    }
    if (text.isPresent()) {
      return new Options.Request.Run(options(new Options.Script.Text(text.get()), plain));
    }
    if (!additions.isEmpty() && plain.isEmpty()) {
      return new Options.Request.Run(
          options(new Options.Script.Text(additions.removeFirst()), plain));
    }
    if (plain.isEmpty()) {
      return new Options.Request.Wrong(wrong("A script must be specified.", TRY_HELP));
    }
    String file = plain.getFirst();
    Options.Script script =
        file.equals("-") ? new Options.Script.StandardInput() : new Options.Script.File(file);
    return new Options.Request.Run(options(script, plain.subList(1, plain.size())));
  }

  private Options options(Options.Script script, List<String> arguments) {
    return new Options(
        script,
        additions,
        arguments,
        command,
        pid,
        output,
        directories,
        verbosity,
        lastPass,
        bufferMebibytes,
        engine,
        lossless,
        rawMarkers,
        seconds,
        new Options.Language(limits, globals, elide, warnings, printsUnread, color),
        idle);
  }
}
