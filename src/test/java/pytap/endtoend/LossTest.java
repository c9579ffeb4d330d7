package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every event that fired is printed or counted as lost.
final class LossTest {

  private static final String SCRIPT = "probe python.function.entry { println(1) }";
  private static final Pattern LOST =
      Pattern.compile("WARNING: (\\d+) events of python\\.function\\.entry were lost .*");

  @ParameterizedTest
  @EnumSource(Engine.class)
  void whatIsLostIsCountedAndSaid(Engine engine) throws IOException {
    String command =
        Interpreters.debian().executable()
            + " -c 'import os\ndef f(): pass\nfor i in range(200000): f()\n"
            + "os.write(2, b\"done\\n\")'";
    List<String> arguments = engine.with(List.of("-s", "1", "-e", SCRIPT, "-c", command));
    Command heard = Pytap.run(Map.of(), engine.with(List.of("-e", SCRIPT, "-c", command)));
    assertThat(heard.succeeded().err()).isEqualTo("done\n");
    long fired = heard.out().lines().count();
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

  /// 1 MiB is a fiftieth of what is sent.
  @Test
  void aTargetThatWaitsLosesNothing() {
    String command =
        Interpreters.debian().executable() + " -S -c 'def f(): pass\nfor i in range(1000000): f()'";
    String script =
        "global calls probe python.function.entry { if (funcname == \"f\") calls++ }"
            + " probe end { println(calls) }";
    List<String> arguments = List.of("--lossless", "-s", "1", "-e", script, "-c", command);
    Command pytap = Pytap.run(Map.of(), Engine.IN_PROCESS.with(arguments));
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo("1000000\n");
  }
}
