package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Without root and without a capability, what one has started oneself can be traced.
final class OrdinaryUserTest {
  private final Workbench bench = new Workbench();

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  /// Only what differs between any two runs is left out: thread numbers and microseconds.
  private static String withoutNumbers(String printed) {
    return printed.replaceAll("(?m)^ *\\d+ python3\\(\\d+\\):", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"entries.stp", "hierarchy.stp", "hierarchy-tapset.stp"})
  void anExamplePrintsWhatItPrintsForRoot(String example) {
    try (OrdinaryUser nobody = OrdinaryUser.with(bench)) {
      String script = nobody.home().resolve("examples/" + example).toString();
      String command = "/usr/bin/python3 -B " + nobody.home().resolve("examples/hello.py");
      Command byRoot = bench.pytap("--engine", "kernel", script, "-c", command);
      Command byNobody = bench.run(nobody.pytap(script, "-c", command), _ -> {});
      assertThat(byNobody.succeeded().err()).isEmpty();
      assertThat(withoutNumbers(byNobody.out()))
          .isEqualTo(withoutNumbers(byRoot.succeeded().out()));
    }
  }

  @Test
  void aProcessOfOnesOwnIsAttachedTo() {
    try (OrdinaryUser nobody = OrdinaryUser.with(bench)) {
      String program =
          "def f(): pass\nprint(1, flush=True)\nwhile input(): f(); print(2, flush=True)";
      Workbench.Conversation target =
          bench.start(nobody.run(List.of("/usr/bin/python3", "-c", program)));
      assertThat(target.hear()).isEqualTo("1");
      String script =
          "probe begin { println(\"begin\") } probe python.function.entry {"
              + " if (funcname == \"f\") { println(funcname) exit() } }";
      Command pytap =
          bench.run(
              nobody.pytap("-e", script, "-x", target.pid()),
              line -> {
                if (line.equals("begin")) {
                  assertThat(target.ask("go")).isEqualTo("2");
                }
              });
      assertThat(pytap.succeeded().err()).isEmpty();
      assertThat(pytap.out()).isEqualTo("begin\nf\n");
      assertThat(target.ask("go")).isEqualTo("2");
    }
  }
}
