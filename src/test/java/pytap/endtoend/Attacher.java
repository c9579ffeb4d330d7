package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// pytap's sessions one after the other in one JVM: the program `pytap.session.AttachLoop`.
final class Attacher implements AutoCloseable {

  /// For a program that is busy. Says `armed` and, at its end, how many events came; ends after
  /// some, and soon unless there are none: a busy machine may not run a program for long, but not
  /// for ten seconds.
  static final String SCRIPT =
      """
      global entered, left, times
      probe begin { println("armed") }
      probe python.function.entry { entered++ if (entered == 1000) exit() }
      probe python.function.return { left++ }
      probe timer.ms(200) { if (entered + left > 0 || ++times == 50) exit() }
      probe end { printf("events %d\\n", entered + left) }
      """;

  /// The same for a program that waits: ends soon in any case.
  static final String BRIEF = SCRIPT.replace("times == 50", "times == 1");

  private static final Pattern LOST =
      Pattern.compile(
          "(said: )?WARNING: (\\d+ events of \\S+ were lost because the buffer was full; "
              + "|with -x a program that the target or a child of it executes is traced from ).*");

  private final Process process;
  private final Workbench.Conversation conversation;

  private Attacher(Process process) {
    this.process = process;
    this.conversation = new Workbench.Conversation(process);
  }

  /// Whether a line tells of events that were lost and counted, or that the first ones of a program
  /// may be: a process that is attached to has other work than to wait for pytap.
  static boolean isLoss(String line) {
    return LOST.matcher(line).matches();
  }

  /// Returns when it waits for orders.
  static Attacher start() {
    return start(SCRIPT);
  }

  static Attacher start(String script) {
    Attacher attacher = begin(script);
    attacher.awaitReady();
    return attacher;
  }

  /// Returns at once.
  static Attacher begin(String script) {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Path.of("target", "classes") + ":" + Path.of("target", "test-classes"),
                "pytap.session.AttachLoop",
                Safety.engine(),
                script)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      return new Attacher(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitReady() {
    assertThat(conversation.hear()).as("the first line").isEqualTo("ready");
  }

  /// What it said about one attachment.
  ///
  /// @param lines what the script printed and the session told the user
  /// @param refused why it was not done, where it was refused
  /// @param armNanos until the probes were in place
  /// @param allNanos until they were gone
  record Cycle(List<String> lines, Optional<String> refused, long armNanos, long allNanos) {

    /// How many events the script saw; fails the test where anything else was said, but for how
    /// many were lost: a thousand events end the script, and as many may come at once.
    long events() {
      assertThat(refused).isEmpty();
      List<String> said = saidBesidesLosses();
      assertThat(said).hasSize(2).element(0).isEqualTo("armed");
      assertThat(said.get(1)).startsWith("events ");
      return Long.parseLong(said.get(1).substring("events ".length()));
    }

    /// Without what was said of events that were lost and counted.
    List<String> saidBesidesLosses() {
      return lines.stream().filter(line -> !isLoss(line)).toList();
    }
  }

  /// Attaches, and waits for the end of it.
  Cycle cycle(long pid) {
    order(pid, 1);
    return hearCycle();
  }

  void order(long pid, int times) {
    try {
      process.outputWriter().append(pid + " " + times + "\n").flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until it begins to attach.
  long awaitBegin() {
    assertThat(conversation.hear()).isEqualTo("attaching");
    return System.nanoTime();
  }

  /// The next line, whatever it is; empty where there is none.
  String hear() {
    return conversation.hear();
  }

  /// Waits until the probes of what was ordered are in place.
  void awaitArmed() {
    awaitBegin();
    assertThat(hear()).isEqualTo("armed");
  }

  Cycle hearCycle() {
    return hearRest(awaitBegin());
  }

  /// Attaches, does `action` once the probes are in place, and waits for the end. The action is to
  /// bring about what ends the script.
  Cycle whileTracing(long pid, Runnable action) {
    order(pid, 1);
    return hearRest(awaitBegin(), action);
  }

  /// @param begun when it began
  Cycle hearRest(long begun) {
    return hearRest(begun, () -> {});
  }

  private Cycle hearRest(long begun, Runnable onArmed) {
    List<String> lines = new ArrayList<>();
    long armed = begun;
    while (true) {
      String line = conversation.hear();
      if (line.equals("armed")) {
        armed = System.nanoTime();
        onArmed.run();
      }
      if (line.equals("detached")) {
        return new Cycle(lines, Optional.empty(), armed - begun, System.nanoTime() - begun);
      }
      if (line.startsWith("refused: ")) {
        String reason = line.substring("refused: ".length());
        return new Cycle(lines, Optional.of(reason), armed - begun, System.nanoTime() - begun);
      }
      if (line.isEmpty()) {
        throw new AssertionError("pytap ended, status " + conversation.finish() + ": " + lines);
      }
      lines.add(line);
    }
  }

  /// By SIGKILL.
  void kill() {
    process.destroyForcibly();
    conversation.finish();
  }

  @Override
  public void close() {
    kill();
  }
}
