package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

final class InterpretersTest {
  private static final String BOTH =
      "probe python.function.entry, python.function.return { println(funcname) }";

  @Test
  void everyBuildRunsAndHoldsItsEvaluationLoopWhereItShould(@TempDir Path directory) {
    Interpreters interpreters = Interpreters.find(directory);
    System.out.println("interpreters of this machine:\n" + interpreters);
    for (Interpreter python : interpreters.allBuilds()) {
      assertThat(
              Command.run(python.process(List.of("-c", "import sys; print(sys.version)")))
                  .succeeded()
                  .out())
          .as("%s", python)
          .startsWith(python.version());
      assertThat(symbols(python, "--dynamic")).as("%s", python).contains("PyEval_EvalFrameEx");
      assertThat(symbols(python).isEmpty())
          .as("%s has no symbol table", python)
          .isEqualTo(python.build().matches("Debian.*|.*stripped"));
    }
  }

  /// Traces run no instruction that could be hooked.
  @TestFactory
  Stream<DynamicTest> aPythonThatRunsTracesIsWarnedOfWhereItDoes(@TempDir Path directory) {
    return Interpreters.find(directory).installed().stream()
        .filter(Interpreter::hasJit)
        .flatMap(python ->
            Stream.of(Engine.values())
                .map(engine ->
                    dynamicTest(python + ", " + engine, () -> assertWarned(engine, python))));
  }

  private static void assertWarned(Engine engine, Interpreter python) {
    String command = python.executable() + " -c pass";
    Map<String, String> environment = new HashMap<>(python.environment());
    for (String jit : List.of("", "0", "1")) {
      environment.put("PYTHON_JIT", jit);
      Command pytap = Pytap.run(environment, engine.with(List.of("-e", BOTH, "-c", command)));
      assertThat(
              pytap
                  .succeeded()
                  .err()
                  .lines()
                  .map(line -> line.replaceFirst(" in /[^ ]+: ", " in FILE: "))
                  .sorted())
          .as("PYTHON_JIT=%s", jit)
          .isEqualTo(jit.equals("1") ? List.of(warning("entry"), warning("return")) : List.of());
    }
  }

  private static String warning(String marker) {
    return "WARNING: function__"
        + marker
        + " in FILE: functions called in traces of the experimental JIT (PYTHON_JIT=1) are not"
        + " seen";
  }

  private static String symbols(Interpreter python, String... options) {
    ProcessBuilder builder = new ProcessBuilder("nm");
    builder.command().addAll(List.of(options));
    builder.command().add(python.codeFile().toString());
    return Command.run(builder).succeeded().out();
  }
}
