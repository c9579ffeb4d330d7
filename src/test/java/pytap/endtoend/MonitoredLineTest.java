package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Every line of the workload on 3.12 and later is the one that `sys.monitoring` tells in an
/// untraced run of the same Python, in each thread, with its file and function.
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // truths are made once
final class MonitoredLineTest {
  private static final String SCRIPT =
      """
      probe process.mark("line") {
        printf("%d line %s %s %d\\n", tid(), user_string($arg1), user_string($arg2), $arg3)
      }
      """;

  private final Oracle oracle;
  private final List<Interpreter> builds;
  private final Map<String, Section> truths = new HashMap<>();

  MonitoredLineTest(@TempDir Path directory) {
    oracle = Oracle.in(directory);
    builds =
        Interpreters.find(directory).allBuilds().stream()
            .filter(python -> Integer.parseInt(python.minorVersion().substring(2)) >= 12)
            .filter(Safety::isChosen)
            .toList();
  }

  @TestFactory
  Stream<DynamicTest> theLinesOfALaunchedProgramAreExact() {
    return builds.stream()
        .map(python ->
            dynamicTest(
                python.toString(),
                () ->
                    assertExact(
                        python,
                        Pytap.launch(
                            Engine.IN_PROCESS,
                            python,
                            SCRIPT,
                            python.executable() + " " + Oracle.WORKLOAD))));
  }

  @TestFactory
  Stream<DynamicTest> theLinesOfAProgramThatIsAttachedToAreExact() {
    return builds.stream()
        .map(python ->
            dynamicTest(
                python.toString(),
                () -> {
                  try (Target target = Target.workload(python)) {
                    List<String> script = List.of("--lossless", "-e", SCRIPT);
                    assertExact(
                        python,
                        Pytap.attach(Engine.IN_PROCESS, target, script, goWhenSeen(target)));
                  }
                }));
  }

  private static Consumer<String> goWhenSeen(Target target) {
    return line -> {
      if (line.contains(" waiting ")) {
        target.go();
      }
    };
  }

  private void assertExact(Interpreter python, Command pytap) {
    Section truth =
        truths.computeIfAbsent(
            python.dialect(), _ -> Section.cutLines(String.join("\n", oracle.recordLines(python))));
    assertThat(truth.eventCount()).isGreaterThan(60_000);
    assertThat(pytap.status()).as("exit status of %s", pytap).isEqualTo(0);
    assertThat(pytap.err()).isEmpty();
    assertThat(truth.difference(Section.cutLines(pytap.out())).orElse("")).isEmpty();
  }
}
