package pytap.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/// How thorough the safety tests are, and where their figures go.
///
/// `-Dpytap.safety=full` runs as many rounds as the figures in ARCHITECTURE.md were taken with;
/// without it every test runs a few. `-Dpytap.seed=N` repeats the random moments of a run.
/// `-Dpytap.only=REGEX` leaves out interpreters whose description does not contain that.
/// `-Dpytap.engine=kernel` runs the same tests on the other engine.
final class Safety {
  private static final boolean FULL = "full".equals(System.getProperty("pytap.safety"));
  private static final String ENGINE = System.getProperty("pytap.engine", "in-process");
  private static final Pattern ONLY = Pattern.compile(System.getProperty("pytap.only", ""));
  private static final Path FIGURES = Path.of("target", "safety");

  private Safety() {}

  static int times(int usually, int full) {
    return FULL ? full : usually;
  }

  static boolean isChosen(Interpreter python) {
    return ONLY.matcher(python.toString()).find();
  }

  /// `pytap`'s arguments with the choice of the engine before them.
  static List<String> onEngine(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("--engine", ENGINE));
    all.addAll(arguments);
    return all;
  }

  static String engine() {
    return ENGINE;
  }

  /// A sequence that differs from run to run and is told to whoever reads the figures of `what`.
  static Random random(String what) {
    long seed = Long.getLong("pytap.seed", System.nanoTime());
    figure(what, "seed " + seed);
    return new Random(seed);
  }

  /// Prints a line and adds it to `target/safety/WHAT.txt`.
  static synchronized void figure(String what, String line) {
    System.out.println(what + ": " + line);
    try {
      Files.createDirectories(FIGURES);
      Files.writeString(
          FIGURES.resolve(what + ".txt"),
          line + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// `COUNT, mean MEAN, most MAX` of times in nanoseconds, as milliseconds.
  static String millis(List<Long> nanos) {
    return "%d, mean %.1f ms, most %.1f ms"
        .formatted(
            nanos.size(),
            nanos.stream().mapToLong(it -> it).average().orElse(0) / 1e6,
            nanos.stream().mapToLong(it -> it).max().orElse(0) / 1e6);
  }
}
