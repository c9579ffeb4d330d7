package pytap.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One program run to its end without standard input, with all that it printed. Both of its outputs
/// are pipes. Nothing of it outlives the deadline.
///
/// @param status its exit status, 128 + n where signal n ended it
record Command(List<String> words, int status, String out, String err) {

  private static final int DEADLINE_SECONDS = 60;

  /// With this environment on top of the tests' own, of which Python's settings are left out.
  static ProcessBuilder builder(Map<String, String> environment, List<String> words) {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().keySet().removeIf(name -> name.startsWith("PYTHON"));
    builder.environment().putAll(environment);
    return builder;
  }

  /// Runs it to its end.
  static Command run(ProcessBuilder builder) {
    return run(builder, _ -> {});
  }

  /// @param onLine is given each line of the output as soon as it is there, without its end
  static Command run(ProcessBuilder builder, Consumer<String> onLine) {
    try {
      Process process = builder.redirectInput(Path.of("/dev/null").toFile()).start();
      CompletableFuture<Void> deadline =
          CompletableFuture.runAsync(
              () -> end(process),
              CompletableFuture.delayedExecutor(
                  DEADLINE_SECONDS, TimeUnit.SECONDS, Command::onThreadOfItsOwn));
      try {
        CompletableFuture<String> err =
            CompletableFuture.supplyAsync(
                () -> read(process.errorReader(), _ -> {}), Command::onThreadOfItsOwn);
        String out = read(process.inputReader(), onLine);
        int status = process.waitFor();
        Command command = new Command(builder.command(), status, out, err.join());
        if (!deadline.cancel(false)) {
          throw new AssertionError("not done after " + DEADLINE_SECONDS + " s: " + command);
        }
        return command;
      } finally {
        deadline.cancel(false);
        end(process);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted in " + builder.command(), e);
    }
  }

  /// What it printed; fails the test where the program failed.
  Command succeeded() {
    if (status != 0) {
      throw new AssertionError("exit status " + status + ": " + this);
    }
    return this;
  }

  /// Ends the process and what it started, where they still run.
  static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /// The common pool may have a single thread, and these tasks wait for each other's process.
  private static void onThreadOfItsOwn(Runnable task) {
    Thread.ofPlatform().daemon().start(task);
  }

  private static String read(BufferedReader reader, Consumer<String> onLine) {
    StringBuilder out = new StringBuilder();
    int lineStart = 0;
    try (reader) {
      for (int character = reader.read(); character >= 0; character = reader.read()) {
        if (character == '\n') {
          onLine.accept(out.substring(lineStart));
          lineStart = out.length() + 1;
        }
        out.append((char) character);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  @Override
  public String toString() {
    return String.join(" ", words) + "\n-- out\n" + ends(out) + "\n-- err\n" + ends(err);
  }

  private static String ends(String text) {
    int kept = 3000;
    return text.length() <= 2 * kept
        ? text
        : text.substring(0, kept) + "\n[...]\n" + text.substring(text.length() - kept);
  }
}
