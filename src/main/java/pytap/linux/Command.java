package pytap.linux;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Runs another program to its end and takes what it prints: for questions that only the program
/// itself can answer. Never used for a program that is traced.
public final class Command {
  private static final int LIMIT_SECONDS = 20;

  private Command() {}

  /// The first line that `argv` prints on standard output; empty where it cannot be started, fails,
  /// prints nothing, or takes longer than 20 s (then it is ended). It gets no input, and what it
  /// says on standard error is dropped.
  public static Optional<String> firstLine(List<String> argv) {
    try {
      Process process =
          new ProcessBuilder(argv)
              .redirectInput(new File("/dev/null"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return firstLine(process);
    } catch (IOException notStarted) {
      return Optional.empty();
    }
  }

  private static Optional<String> firstLine(Process process) throws IOException {
    try {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        return Optional.empty();
      }
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return out.lines().findFirst();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      process.destroyForcibly();
    }
  }
}
