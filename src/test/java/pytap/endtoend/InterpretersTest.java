package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InterpretersTest {

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

  private static String symbols(Interpreter python, String... options) {
    ProcessBuilder builder = new ProcessBuilder("nm");
    builder.command().addAll(List.of(options));
    builder.command().add(python.codeFile().toString());
    return Command.run(builder).succeeded().out();
  }
}
