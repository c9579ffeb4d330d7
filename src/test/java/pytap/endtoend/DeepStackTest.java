package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// What a hook must not cost: stack, levels of recursion, or the right to switch stacks.
@Tag("safety")
final class DeepStackTest {
  private static final String BOTH =
      """
      global entered, left
      probe python.function.entry { if (funcname == "down") entered++ }
      probe python.function.return { if (funcname == "down") left++ }
      probe end { printf("%d %d\\n", entered, left) }
      """;

  private static final Path FOLDER = Target.FOLDER.toAbsolutePath();

  private final Workbench bench = new Workbench();
  private final Interpreters interpreters;

  DeepStackTest(@TempDir Path directory) {
    interpreters = Interpreters.find(directory);
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  /// 3.11 and later take no C stack for a Python call.
  private static int depth(Interpreter python) {
    return python.version().startsWith("2.")
            || Integer.parseInt(python.minorVersion().substring(2)) < 11
        ? 10_000
        : 100_000;
  }

  @TestFactory
  Stream<DynamicTest> recursionGoesAsDeepAsEver() {
    return onEach(python -> {
      List<String> words =
          List.of(FOLDER.resolve("depths.py").toString(), Integer.toString(depth(python)));
      String untraced = Command.run(python.process(words)).succeeded().out();
      assertThat(untraced).endsWith("%1$d\n%1$d\n".formatted(depth(python)));
      String command = python.executable() + " " + String.join(" ", words);
      Command traced =
          Pytap.run(
              python.environment(),
              Safety.onEngine(List.of("-s", "64", "-e", BOTH, "-c", command)));
      int calls = 2 * (depth(python) + 1);
      assertThat(traced.succeeded().err()).isEmpty();
      assertThat(traced.out()).isEqualTo(untraced + calls + " " + calls + "\n");
    });
  }

  @TestFactory
  Stream<DynamicTest> aProgramThatIsDeepDownIsAttachedTo() {
    return onEach(python -> {
      String depth = Integer.toString(depth(python));
      Servant deep =
          new Servant(
              bench.start(python.process(List.of(FOLDER.resolve("deep.py").toString(), depth))));
      deep.awaitReady();
      try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
        for (int i = 0; i < 3; i++) {
          assertTraced(attacher, deep);
          deep.assertGoesOn();
        }
      }
      deep.conversation().ask("stop_tracing");
      assertThat(deep.conversation().finish()).isZero();
      assertThat(deep.conversation().hear()).isEqualTo(depth);
    });
  }

  @Test
  void greenletsThatSwitchAllTheTimeAreUnharmed() {
    Servant server = new Servant(bench.start(greenlets("greenlet_server.py")));
    server.awaitReady();
    try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
      for (int i = 0; i < Safety.times(5, 200); i++) {
        // More happens there than can be recorded, of `fib` too.
        Attacher.Cycle cycle = attacher.whileTracing(server.pid(), server::fibonacciAndStop);
        assertThat(cycle.refused()).isEmpty();
        assertThat(cycle.saidBesidesLosses()).hasSize(2).element(1).asString().startsWith("calls ");
        server.assertGoesOn();
      }
    }
    server.assertUnharmed();
  }

  @Test
  void greenletsOfALaunchedProgramAreUnharmed() {
    String script = BOTH.replace("\"down\"", "\"deeper\"");
    String command = String.join(" ", greenlets("greenlets.py").command());
    Command pytap = Pytap.run(Map.of(), Safety.onEngine(List.of("-e", script, "-c", command)));
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo("ping done\n2000 1999\n");
  }

  private static ProcessBuilder greenlets(String program) {
    return Interpreters.debian().process(List.of(FOLDER.resolve(program).toString()));
  }

  private static void assertTraced(Attacher attacher, Servant servant) {
    Attacher.Cycle cycle = attacher.whileTracing(servant.pid(), servant::fibonacciAndStop);
    assertThat(cycle.refused()).isEmpty();
    assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
  }

  private interface Check {
    void on(Interpreter python) throws Exception;
  }

  private Stream<DynamicTest> onEach(Check check) {
    return interpreters.installed().stream()
        .map(python ->
            dynamicTest(
                python.toString(),
                () -> {
                  try (bench) {
                    check.on(python);
                  }
                }));
  }
}
