package pytap.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One program run to its end without standard input, with all that it printed. Nothing of it
/// outlives the deadline.
///
/// @param status its exit status, 128 + n where signal n ended it
record Command(List<String> words, int status, String out, String err) {

  static final int DEADLINE_SECONDS = 60;

  static Command run(ProcessBuilder builder) {
    try {
      Path out = Files.createTempFile("pytap-test", ".out");
      Path err = Files.createTempFile("pytap-test", ".err");
      try {
        builder.redirectInput(Path.of("/dev/null").toFile());
        Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        boolean ended = awaitEnd(process);
        Command command = new Command(builder.command(), process.exitValue(), text(out), text(err));
        if (!ended) {
          throw new AssertionError("not done after " + DEADLINE_SECONDS + " s: " + command);
        }
        return command;
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What it printed; fails the test where the program failed.
  Command succeeded() {
    if (status != 0) {
      throw new AssertionError("exit status " + status + ": " + this);
    }
    return this;
  }

  /// Waits for the end, or ends the process and what it started at the deadline and says false.
  static boolean awaitEnd(Process process) {
    try {
      if (process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        return true;
      }
      end(process);
      process.waitFor();
      return false;
    } catch (InterruptedException e) {
      end(process);
      throw new AssertionError("interrupted while waiting for " + process.info(), e);
    }
  }

  static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
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
