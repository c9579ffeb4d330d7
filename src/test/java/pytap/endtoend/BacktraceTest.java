package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// What scripts learn of the process and its stack, with every interpreter and both engines.
final class BacktraceTest {
  private static final String SCRIPT =
      """
      probe python.function.return {
        if (funcname != "outermost")
          next
        printf("%s|%s|%s\\n", cmdline_arg(1), env_var("MARK"), execname())
        printf("%d %d\\n", pid2task(tid()) == tid(), task_pid(task_current()) == pid())
        printf("%s\\n", umodname(uaddr()) . "")
        printf("%d\\n", isinstr(pp(), sprintf("process(\\"%s\\").statement(0x", umodname(uaddr()))))
        printf("%d\\n", uaddr() == ustack(0))
        print_ubacktrace_brief()
        exit()
      }
      """;

  private final Interpreters interpreters;

  BacktraceTest(@TempDir Path directory) {
    interpreters = Interpreters.find(directory);
  }

  @TestFactory
  Stream<DynamicTest> aBacktraceLeadsFromTheInterpretersLoopToItsStart() {
    return Stream.concat(
            Stream.of(Interpreters.debian()),
            interpreters.pyenv("2.7", "3.9", "3.12", "3.13").stream())
        .flatMap(python ->
            Stream.of(Engine.values())
                .map(engine ->
                    dynamicTest(python + ", " + engine, () -> assertStack(engine, python))));
  }

  /// The program stays until the script ends it: what a process has mapped is looked up when pytap
  /// hears of it.
  private static void assertStack(Engine engine, Interpreter python) {
    String command =
        "env MARK=here "
            + python.executable()
            + " -c 'def outermost(): pass\noutermost()\nimport signal\nsignal.pause()'";
    List<String> lines =
        Pytap.launch(engine, python, SCRIPT, command).succeeded().out().lines().toList();
    assertThat(lines.get(0)).startsWith("-c|here|python");
    assertThat(lines.get(1)).isEqualTo("1 1");
    assertThat(lines.get(2)).contains("python");
    assertThat(lines.get(3)).isEqualTo("1");
    assertThat(lines.get(4)).isEqualTo("1");
    List<String> stack = lines.subList(5, lines.size());
    assertThat(stack.size()).isBetween(5, 20);
    assertThat(stack).as("stack").anyMatch(line -> line.startsWith("PyEval_EvalCode"));
    assertThat(stack.getLast()).startsWith("_start+0x");
  }
}
