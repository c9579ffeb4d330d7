package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How tracing ends, and that the traced program never notices.
final class EndingTest {

  private static final String BEGIN_AND_END =
      "probe begin { println(\"begin\") } probe end { println(\"end\") }";
  private static final String ENTRIES =
      "probe python.function.entry { println(funcname) } probe end { println(\"end\") }";
  private static final Path HELLO = Path.of("examples", "hello.py");
  private static final String SAID_BY_HELLO = "Hello, world!\n6";

  private static final Pattern LOST =
      Pattern.compile("WARNING: (\\d+) events of python\\.function\\.entry were lost .*");

  private final Interpreter python = Interpreters.debian();

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalRunsTheEndProbesAndTheTargetGoesOn(String signal) {
    try (Target target = Target.program(python, HELLO)) {
      Command pytap = attachAndSignal(target, signal).succeeded();
      assertThat(pytap.err()).isEmpty();
      assertThat(pytap.out()).endsWith("waiting\nend\n");
      assertUnharmed(target);
    }
  }

  @Test
  void theTargetGoesOnWhenPytapIsKilled() {
    try (Target target = Target.program(python, HELLO)) {
      assertThat(attachAndSignal(target, "KILL").status()).isEqualTo(128 + 9);
      assertUnharmed(target);
    }
  }

  @Test
  void aClosedOutputEndsTracingQuietly() {
    String command =
        "./pytap -e '%s' -c '%s %s >/dev/null' | head -n 1"
            .formatted(ENTRIES, python.executable(), HELLO);
    Command shell = Command.run(Command.builder(Map.of(), List.of("sh", "-c", command)));
    assertThat(shell.out()).isEqualTo("<module>\n");
    assertThat(shell.err()).isEmpty();
  }

  @Test
  void exitEndsTheCommandAndIsNoFailure() {
    Command pytap =
        Pytap.launch(
            python,
            "probe python.function.entry { println(\"seen\") exit() }",
            python.executable() + " -c 'while True: pass'");
    assertThat(pytap.succeeded().out()).isEqualTo("seen\n");
    assertThat(pytap.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "exit 0, 0, ''",
    "exit 3, 1, WARNING: Child process exited with status 3",
    "kill -KILL $$, 1, WARNING: Child process exited with signal 9 (Killed)",
    "exec /nowhere/command 2>/dev/null, 1, WARNING: Child process exited with status 127"
  })
  void theCommandsEndIsReported(String command, int status, String said) {
    Command pytap = Pytap.launch(python, BEGIN_AND_END, command);
    assertThat(pytap.out()).isEqualTo("begin\nend\n");
    assertThat(pytap.err().lines().findFirst().orElse("")).isEqualTo(said);
    assertThat(pytap.status()).isEqualTo(status);
  }

  @Test
  void whatIsLostIsCountedAndSaid() throws IOException {
    String command =
        python.executable()
            + " -c 'import os\ndef f(): pass\nfor i in range(200000): f()\n"
            + "os.write(2, b\"done\\n\")'";
    List<String> arguments =
        List.of("-s", "1", "-e", "probe python.function.entry { println(1) }", "-c", command);
    long fired = Pytap.run(Map.of(), arguments).succeeded().out().lines().count();
    assertThat(fired).isGreaterThan(200_000);

    Process pytap = Pytap.process(Map.of(), arguments).start();
    try (BufferedReader err = pytap.errorReader();
        BufferedReader out = pytap.inputReader()) {
      // Nobody reads pytap's output until the program is done, so that the buffer runs full.
      assertThat(err.readLine()).isEqualTo("done");
      long printed = out.lines().count();
      Matcher lost = LOST.matcher(String.valueOf(err.readLine()));
      assertThat(lost.matches()).isTrue();
      assertThat(Long.parseLong(lost.group(1))).isPositive().isEqualTo(fired - printed);
    } finally {
      Command.end(pytap);
    }
  }

  /// Sends pytap a signal as soon as it has printed a call of the target.
  private static Command attachAndSignal(Target target, String signal) {
    AtomicBoolean sent = new AtomicBoolean();
    return Pytap.attach(
        target,
        List.of("-e", ENTRIES),
        (line, process) -> {
          if (line.equals("waiting") && !sent.getAndSet(true)) {
            Command.signal(signal, process);
          }
        });
  }

  private static void assertUnharmed(Target target) {
    Command ended = target.end();
    assertThat(ended.status()).isEqualTo(0);
    assertThat(ended.out()).isEqualTo(SAID_BY_HELLO);
  }
}
