package pytap.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.session.EngineChoice;

/// Reads a command line by the rules of getopt(3), as stap does: options and other words in any
/// order, `-vv`, `-p2` and `-p 2`, `--engine=auto` and `--engine auto`, `--` ends the options.
final class CommandLine {
  private static final String TRY_HELP = "Try '--help' for more information.";
  private static final String WITH_VALUE = "ecxoIps";
  private static final String PLAIN = "vVh";

  private final List<String> words;
  private final List<String> plain = new ArrayList<>();
  private final List<String> directories = new ArrayList<>();
  private Optional<String> text = Optional.empty();
  private Optional<String> command = Optional.empty();
  private Optional<String> output = Optional.empty();
  private OptionalInt pid = OptionalInt.empty();
  private int verbosity;
  private int lastPass = 5;
  private int bufferMebibytes = Options.DEFAULT_BUFFER_MEBIBYTES;
  private EngineChoice engine = EngineChoice.AUTO;
  private boolean lossless;
  private int next;

  private CommandLine(List<String> words) {
    this.words = words;
  }

  static Options.Request parse(List<String> words) {
    return new CommandLine(words).parse();
  }

  private Options.Request parse() {
    while (next < words.size()) {
      String word = words.get(next++);
      if (word.equals("--")) {
        plain.addAll(words.subList(next, words.size()));
        break;
      }
      Optional<Options.Request> answer = word(word);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    return finish();
  }

  private Optional<Options.Request> word(String word) {
    if (word.equals("--help")) {
      return Optional.of(new Options.Request.Help());
    }
    if (word.equals("--version")) {
      return Optional.of(new Options.Request.Version());
    }
    if (word.equals("--lossless")) {
      lossless = true;
      return Optional.empty();
    }
    if (word.equals("--engine") || word.startsWith("--engine=")) {
      return engine(word.substring("--engine".length()));
    }
    if (word.startsWith("--")) {
      return wrong("pytap: unrecognized option '" + word + "'", TRY_HELP);
    }
    if (word.length() < 2 || word.charAt(0) != '-') {
      plain.add(word);
      return Optional.empty();
    }
    return letters(word);
  }

  /// @param attached what stands behind the option in its own word: `=NAME` or nothing
  private Optional<Options.Request> engine(String attached) {
    if (attached.isEmpty() && next == words.size()) {
      return wrong("pytap: option '--engine' requires an argument", TRY_HELP);
    }
    String name = attached.isEmpty() ? words.get(next++) : attached.substring(1);
    Optional<EngineChoice> choice = EngineChoice.named(name);
    if (choice.isEmpty()) {
      return wrong("Invalid engine '" + name + "' (should be kernel, in-process or auto).");
    }
    engine = choice.get();
    return Optional.empty();
  }

  /// One word of option letters, of which the last may take a value.
  private Optional<Options.Request> letters(String word) {
    for (int i = 1; i < word.length(); i++) {
      char letter = word.charAt(i);
      if (WITH_VALUE.indexOf(letter) >= 0) {
        String rest = word.substring(i + 1);
        if (rest.isEmpty() && next == words.size()) {
          return wrong("pytap: option requires an argument -- '" + letter + "'", TRY_HELP);
        }
        return value(letter, rest.isEmpty() ? words.get(next++) : rest);
      }
      if (PLAIN.indexOf(letter) < 0) {
        return wrong("pytap: invalid option -- '" + letter + "'", TRY_HELP);
      }
      if (letter == 'V') {
        return Optional.of(new Options.Request.Version());
      }
      if (letter == 'h') {
        return Optional.of(new Options.Request.Help());
      }
      verbosity++;
    }
    return Optional.empty();
  }

  private Optional<Options.Request> value(char letter, String value) {
    switch (letter) {
      case 'e' -> {
        if (text.isPresent()) {
          return wrong("Only one script can be given on the command line.", TRY_HELP);
        }
        text = Optional.of(value);
      }
      case 'c' -> command = Optional.of(value);
      case 'o' -> output = Optional.of(value);
      case 'I' -> directories.add(value);
      case 'x' -> {
        pid = number(value, 1, Integer.MAX_VALUE);
        if (pid.isEmpty()) {
          return wrong("Invalid target process ID number.");
        }
      }
      case 'p' -> {
        OptionalInt pass = number(value, 1, 5);
        if (pass.isEmpty()) {
          return wrong("Invalid pass number (should be 1-5).");
        }
        lastPass = pass.getAsInt();
      }
      default -> {
        OptionalInt size = number(value, 1, Options.MOST_BUFFER_MEBIBYTES);
        if (size.isEmpty()) {
          return wrong(
              "Invalid buffer size (should be 1-" + Options.MOST_BUFFER_MEBIBYTES + " MiB).");
        }
        bufferMebibytes = size.getAsInt();
      }
    }
    return Optional.empty();
  }

  private static OptionalInt number(String value, int least, int most) {
    try {
      int number = Integer.parseInt(value);
      return number < least || number > most ? OptionalInt.empty() : OptionalInt.of(number);
    } catch (NumberFormatException notNumber) {
      return OptionalInt.empty();
    }
  }

  private Options.Request finish() {
    if (command.isPresent() && pid.isPresent()) {
      return new Options.Request.Wrong(List.of("You can't specify both -c and -x.", TRY_HELP));
    }
    Options.Script script;
    List<String> arguments = plain;
    if (text.isPresent()) {
      script = new Options.Script.Text(text.get());
    } else if (plain.isEmpty()) {
      return new Options.Request.Wrong(List.of("A script must be specified.", TRY_HELP));
    } else {
      String file = plain.getFirst();
      script =
          file.equals("-") ? new Options.Script.StandardInput() : new Options.Script.File(file);
      arguments = plain.subList(1, plain.size());
    }
    return new Options.Request.Run(
        new Options(
            script,
            arguments,
            command,
            pid,
            output,
            directories,
            verbosity,
            lastPass,
            bufferMebibytes,
            engine,
            lossless));
  }

  private static Optional<Options.Request> wrong(String... lines) {
    return Optional.of(new Options.Request.Wrong(List.of(lines)));
  }
}
