package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;

/// Runs programs for one test on Debian's own interpreter, and knows whatever is left of them: each
/// carries a mark in its environment, which what it starts inherits.
final class Workbench implements AutoCloseable {
  static final String PYTAP = Path.of("pytap").toAbsolutePath().toString();
  static final String PYTHON = "/usr/bin/python3";
  private static final String MARK = "PYTAP_TEST";

  private final String mark = UUID.randomUUID().toString();
  private final List<Conversation> conversations = new ArrayList<>();

  /// `./pytap` with these arguments, to its end.
  Command pytap(String... arguments) {
    return pytap(List.of(arguments), _ -> {});
  }

  /// The same.
  ///
  /// @param onLine is given each line as soon as it is printed
  Command pytap(List<String> arguments, Consumer<String> onLine) {
    List<String> words = new ArrayList<>(List.of(PYTAP));
    words.addAll(arguments);
    return run(words, onLine);
  }

  /// A line of bash, in which `$PYTAP` is pytap, to its end.
  Command bash(String line) {
    return run(List.of("bash", "-c", line), _ -> {});
  }

  Command run(List<String> words, Consumer<String> onLine) {
    return Command.run(builder(words), onLine);
  }

  /// A program that answers; it ends with the test at the latest.
  Conversation start(List<String> words) {
    return start(builder(words));
  }

  /// The same.
  Conversation start(ProcessBuilder words) {
    try {
      ProcessBuilder builder = words.redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().put(MARK, mark);
      Conversation conversation = new Conversation(builder.start());
      conversations.add(conversation);
      return conversation;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Runs a program to its end while another runs, and returns what it printed.
  String meanwhile(String... words) {
    Conversation program = start(List.of(words));
    StringBuilder printed = new StringBuilder();
    for (String line = program.hear(); !line.isEmpty(); line = program.hear()) {
      printed.append(line).append('\n');
    }
    assertThat(program.finish()).as(String.join(" ", words)).isZero();
    return printed.toString();
  }

  private ProcessBuilder builder(List<String> words) {
    return builder(Map.of("PATH", "/usr/bin:/bin", "PYTAP", PYTAP), words);
  }

  /// A program with this environment, which is the test's to run.
  ProcessBuilder builder(Map<String, String> environment, List<String> words) {
    ProcessBuilder builder = Command.builder(environment, new ArrayList<>(words));
    builder.environment().put(MARK, mark);
    return builder;
  }

  /// Ends what is left, which is an error unless it is one of the started programs.
  @Override
  public void close() {
    conversations.forEach(conversation -> Command.end(conversation.process()));
    List<String> left = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        boolean started = conversations.stream().anyMatch(it -> it.process().pid() == pid);
        if (!started && isMarked(process)) {
          left.add(commandLine(process));
          ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!left.isEmpty()) {
      throw new AssertionError("the test leaves behind " + left);
    }
  }

  private boolean isMarked(Path process) {
    return text(process.resolve("environ")).contains(MARK + "=" + mark);
  }

  private static String commandLine(Path process) {
    return text(process.resolve("cmdline")).replace('\0', ' ');
  }

  /// Empty where the process is gone.
  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }

  /// A running program that reads lines and prints lines.
  record Conversation(Process process) {

    String pid() {
      return Long.toString(process.pid());
    }

    /// Says a line and returns what is answered.
    String ask(String line) {
      try {
        process.outputWriter().append(line).append('\n').flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return hear();
    }

    /// The next line that it prints; empty where it prints no more.
    String hear() {
      try {
        return Objects.requireNonNullElse(process.inputReader().readLine(), "");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// No more is said; returns the exit status.
    int finish() {
      try {
        process.outputWriter().close();
        return process.waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted while " + process.pid() + " ends", e);
      }
    }
  }
}
