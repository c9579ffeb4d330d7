package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Which processes are traced.
final class ProcessTreeTest {

  private static final String SCRIPT =
      """
      probe begin { printf("target %d\\n", target()) }
      probe python.function.entry { printf("%d %d %s\\n", pid(), ppid(), funcname) }
      """;

  private static final Pattern CALL = Pattern.compile("(\\d+) (\\d+) (in_\\w+|waiting)");
  private static final Path FAMILY = Target.FOLDER.resolve("family.py");

  private final Interpreters interpreters;

  ProcessTreeTest(@TempDir Path directory) {
    interpreters = Interpreters.find(directory);
  }

  /// In-process each program has a ring of its own, and for a while there is one alone.
  @ParameterizedTest
  @EnumSource(Engine.class)
  void whatSeveralProgramsDoComesInOneOrder(Engine engine) {
    String script =
        """
        probe python.function.entry {
          if (funcname == "ping" || funcname == "pong" || funcname == "alone") println(funcname)
        }
        """;
    Interpreter python = Interpreters.debian();
    String command = python.executable() + " " + Target.FOLDER.resolve("turns.py") + " 1000";
    Command pytap = Pytap.launch(engine, python, script, command);
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out())
        .isEqualTo(("alone\n".repeat(20_000) + "ping\npong\n".repeat(1000)).repeat(2));
  }

  @TestFactory
  Stream<DynamicTest> everyProcessThatTheCommandStartsIsTracedAndNoOther() {
    return Stream.concat(Stream.of(Interpreters.debian()), interpreters.pyenv("3.12").stream())
        .flatMap(python ->
            Stream.of(Engine.values())
                .map(engine ->
                    dynamicTest(python + ", " + engine, () -> assertFamily(engine, python))));
  }

  private static void assertFamily(Engine engine, Interpreter python) {
    Command pytap;
    try (Target bystander = Target.program(python, FAMILY)) {
      pytap = Pytap.launch(engine, python, SCRIPT, python.executable() + " " + FAMILY);
      assertThat(bystander.pid()).isPositive();
    }
    assertThat(pytap.succeeded().err()).isEmpty();
    List<Matcher> calls = pytap.out().lines().map(CALL::matcher).filter(Matcher::matches).toList();
    assertThat(calls.stream().map(call -> call.group(3)))
        .containsExactly("in_parent", "in_child", "in_program", "in_parent");
    Map<String, String> pids =
        calls.stream()
            .collect(Collectors.toMap(call -> call.group(3), call -> call.group(1), (a, _) -> a));
    assertThat(pids.values()).doesNotHaveDuplicates();
    assertThat(calls.get(3).group(1)).isEqualTo(pids.get("in_parent"));
    for (Matcher call : calls.subList(1, 3)) {
      assertThat(call.group(2)).as("parent of %s", call.group(3)).isEqualTo(pids.get("in_parent"));
    }
  }
}
