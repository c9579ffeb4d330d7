package pytap.cli;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Reads a command line by the rules of getopt_long(3), as stap does: options and other words in
/// any order, `-vv`, `-p2` and `-p 2`, `--engine=auto` and `--engine auto`, long options cut short
/// where it is clear which is meant, `--` ends the options.
///
/// A first word `notes` or `doctor` is a command of its own; a script of that name is `./notes`.
final class CommandLine {
  /// stap's own letters (SystemTap 4.8 cmdline.h).
  private static final String WITH_VALUE = "pIeEoRramcxDslLdSBGT";

  private static final String PLAIN = "hVvtkgPbuqiwFW";

  private final List<String> words;
  private final Choices choices = new Choices();
  private int next;

  private CommandLine(List<String> words) {
    this.words = words;
  }

  static Options.Request parse(List<String> words) {
    return switch (words.isEmpty() ? "" : words.getFirst()) {
      case "notes" -> notes(words.subList(1, words.size()));
      case "doctor" -> doctor(words.subList(1, words.size()));
      default -> new CommandLine(words).parse();
    };
  }

  private static Options.Request notes(List<String> words) {
    return words.size() == 1 && !words.getFirst().startsWith("-")
        ? new Options.Request.Notes(words.getFirst())
        : new Options.Request.Wrong(
            List.of("Usage: pytap notes FILE, or: pytap notes PID", Choices.TRY_HELP));
  }

  private static Options.Request doctor(List<String> words) {
    OptionalInt pid = words.isEmpty() ? OptionalInt.empty() : Choices.pid(words.getFirst());
    return words.isEmpty() || (words.size() == 1 && pid.isPresent())
        ? new Options.Request.Doctor(pid)
        : new Options.Request.Wrong(List.of("Usage: pytap doctor [PID]", Choices.TRY_HELP));
  }

  private Options.Request parse() {
    while (next < words.size()) {
      String word = words.get(next++);
      if (word.equals("--")) {
        choices.plain.addAll(words.subList(next, words.size()));
        break;
      }
      Optional<Options.Request> answer = word(word);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    return choices.request();
  }

  private Optional<Options.Request> word(String word) {
    if (word.startsWith("--")) {
      return longOption(word);
    }
    if (word.length() < 2 || word.charAt(0) != '-') {
      choices.plain.add(word);
      return Optional.empty();
    }
    return letters(word);
  }

  /// One word of option letters, of which the last may take a value.
  private Optional<Options.Request> letters(String word) {
    for (int i = 1; i < word.length(); i++) {
      char letter = word.charAt(i);
      if (WITH_VALUE.indexOf(letter) >= 0) {
        String rest = word.substring(i + 1);
        if (rest.isEmpty() && next == words.size()) {
          return wrong("pytap: option requires an argument -- '" + letter + "'", Choices.TRY_HELP);
        }
        return answer(choices.letter(letter, rest.isEmpty() ? words.get(next++) : rest));
      }
      if (PLAIN.indexOf(letter) < 0) {
        return wrong("pytap: invalid option -- '" + letter + "'", Choices.TRY_HELP);
      }
      if (letter == 'V') {
        return Optional.of(new Options.Request.Version());
      }
      if (letter == 'h') {
        return Optional.of(new Options.Request.Help());
      }
      Optional<Options.Request> answer = answer(choices.letter(letter));
      if (answer.isPresent()) {
        return answer;
      }
    }
    return Optional.empty();
  }

  private Optional<Options.Request> longOption(String word) {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word.substring(2) : word.substring(2, equals);
    List<LongOption> named = LongOption.named(name);
    if (named.isEmpty()) {
      return wrong("pytap: unrecognized option '" + word + "'", Choices.TRY_HELP);
    }
    if (named.size() > 1) {
      StringBuilder message = new StringBuilder("pytap: option '" + word + "' is ambiguous;");
      message.append(" possibilities:");
      named.forEach(option -> message.append(" '--").append(option.name()).append('\''));
      return wrong(message.toString(), Choices.TRY_HELP);
    }
    LongOption option = named.getFirst();
    if (equals >= 0 && option.value() == LongOption.Value.NONE) {
      return wrong(
          "pytap: option '--" + option.name() + "' doesn't allow an argument", Choices.TRY_HELP);
    }
    Optional<String> value =
        equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1));
    if (value.isEmpty() && option.value() == LongOption.Value.REQUIRED) {
      if (next == words.size()) {
        return wrong(
            "pytap: option '--" + option.name() + "' requires an argument", Choices.TRY_HELP);
      }
      value = Optional.of(words.get(next++));
    }
    return take(option, value);
  }

  private Optional<Options.Request> take(LongOption option, Optional<String> value) {
    return switch (option.meaning()) {
      case LongOption.Meaning.Idle(String reason) -> {
        choices.idle("--" + option.name(), reason);
        yield Optional.empty();
      }
      case LongOption.Meaning.Refused(String reason) ->
          wrong("--" + option.name() + " is not supported: " + reason + ".");
      case LongOption.Meaning.Known known ->
          switch (option.name()) {
            case "help" -> Optional.of(new Options.Request.Help());
            case "version" -> Optional.of(new Options.Request.Version());
            case "dump-functions" -> dump(Options.Catalogue.FUNCTIONS);
            case "dump-probe-aliases" -> dump(Options.Catalogue.PROBE_ALIASES);
            case "dump-probe-types" -> dump(Options.Catalogue.PROBE_TYPES);
            default -> answer(choices.word(option.name(), value));
          };
    };
  }

  private static Optional<Options.Request> dump(Options.Catalogue catalogue) {
    return Optional.of(new Options.Request.Dump(catalogue));
  }

  private static Optional<Options.Request> answer(List<String> wrong) {
    return wrong.isEmpty() ? Optional.empty() : Optional.of(new Options.Request.Wrong(wrong));
  }

  private static Optional<Options.Request> wrong(String... lines) {
    return Optional.of(new Options.Request.Wrong(List.of(lines)));
  }
}
