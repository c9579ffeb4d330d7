package pytap.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// `./pytap`, run as a user runs it.
final class Pytap {

  private static final Path LAUNCHER = Path.of("pytap").toAbsolutePath();

  private Pytap() {}

  /// Runs it to its end.
  static Command run(Map<String, String> environment, List<String> arguments) {
    return Command.run(process(environment, arguments));
  }

  /// Traces `command` in that interpreter's environment, with `-c`.
  static Command launch(Interpreter python, String script, String command) {
    return run(python.environment(), List.of("-e", script, "-c", command));
  }

  /// Traces the target with `-x` to its end.
  ///
  /// @param onLine is given each line as soon as it is printed, and tells the target what to do
  static Command attach(Target target, List<String> script, Consumer<String> onLine) {
    List<String> arguments = new ArrayList<>(script);
    arguments.addAll(List.of("-x", Long.toString(target.pid())));
    try {
      Path err = Files.createTempFile("pytap-test", ".err");
      try {
        return attach(process(Map.of(), arguments).redirectError(err.toFile()), err, onLine);
      } finally {
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Command attach(ProcessBuilder builder, Path err, Consumer<String> onLine)
      throws IOException {
    Process pytap = builder.redirectInput(Path.of("/dev/null").toFile()).start();
    CompletableFuture<Void> deadline =
        CompletableFuture.runAsync(
            () -> Command.end(pytap),
            CompletableFuture.delayedExecutor(Command.DEADLINE_SECONDS, TimeUnit.SECONDS));
    try (BufferedReader printed = pytap.inputReader()) {
      StringBuilder out = new StringBuilder();
      for (String line = printed.readLine(); line != null; line = printed.readLine()) {
        out.append(line).append('\n');
        onLine.accept(line);
      }
      Command.awaitEnd(pytap);
      return new Command(
          builder.command(), pytap.exitValue(), out.toString(), Files.readString(err));
    } finally {
      deadline.cancel(false);
      Command.end(pytap);
    }
  }

  private static ProcessBuilder process(Map<String, String> environment, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(LAUNCHER.toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder;
  }
}
