package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Every event of the workload, on every interpreter and build of this machine, is the one that the
/// same program records inside an untraced run of the same Python: none is missing, none is made
/// up, and each has its file, function, line and thread.
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // builds and truths are made once
final class ExactnessTest {

  private static final String BY_TAPSET =
      """
      probe python.function.entry {
        printf("%d entry %s %s %d\\n", tid(), filename, funcname, lineno)
      }
      probe python.function.return {
        printf("%d return %s %s %d\\n", tid(), filename, funcname, lineno)
      }
      """;

  private static final String BY_MARKS =
      """
      probe PROCESS.mark("function__entry") {
        printf("%d entry %s %s %d\\n", tid(), user_string($arg1), user_string($arg2), $arg3)
      }
      probe PROCESS.mark("function__return") {
        printf("%d return %s %s %d\\n", tid(), user_string($arg1), user_string($arg2), $arg3)
      }
      """;

  /// Between the builds with the most and the least symbols; launching tells as much of them.
  private static final Set<String> HALF_STRIPPED = Set.of("shared stripped", "static");

  private final Oracle oracle;
  private final Interpreters interpreters;
  private final List<Interpreter> builds;
  private final Map<String, Section> truths = new HashMap<>();

  ExactnessTest(@TempDir Path directory) {
    oracle = Oracle.in(directory);
    interpreters = Interpreters.find(directory);
    builds = interpreters.allBuilds();
  }

  @TestFactory
  Stream<DynamicTest> aLaunchedProgramIsTracedExactly() {
    return onEach(
        builds,
        (engine, python) ->
            assertExact(python, Pytap.launch(engine, python, BY_TAPSET, workloadIn(python))));
  }

  @TestFactory
  Stream<DynamicTest> aProgramThatIsAttachedToIsTracedExactly() {
    return onEach(
        builds.stream().filter(python -> !HALF_STRIPPED.contains(python.build())).toList(),
        (engine, python) -> {
          try (Target target = Target.workload(python)) {
            assertExact(
                python, Pytap.attach(engine, target, List.of("-e", BY_TAPSET), goWhenSeen(target)));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> theMarksOfAProcessNamedByItsPathAreExact() {
    return onEach(
        interpreters.installed(),
        (engine, python) ->
            assertExact(
                python,
                Pytap.launch(
                    engine,
                    python,
                    marksOf("process(\"" + python.program() + "\")"),
                    workloadIn(python))));
  }

  @TestFactory
  Stream<DynamicTest> theMarksOfALibraryAreExact() {
    return onEach(
        interpreters.pyenv("3.10"),
        (engine, python) -> {
          String library =
              "process(\"%s\").library(\"libpython3.10.so.1.0\")".formatted(python.executable());
          assertExact(python, Pytap.launch(engine, python, marksOf(library), workloadIn(python)));
        });
  }

  @Test
  void theInterpreterThatAWrapperScriptEndsInIsTraced(@TempDir Path bin) throws IOException {
    Interpreter python = Interpreters.debian();
    Path wrapper = bin.resolve("python3");
    Files.writeString(wrapper, "#!/bin/sh\nexec " + python.executable() + " \"$@\"\n");
    assertThat(wrapper.toFile().setExecutable(true)).isTrue();
    for (Engine engine : Engine.values()) {
      assertExactByName(engine, python, Map.of("PATH", bin + ":/usr/bin:/bin"));
    }
  }

  @TestFactory
  Stream<DynamicTest> theInterpreterThatPyenvChoosesIsTraced() {
    return onEach(
        interpreters.pyenv("3.9"),
        (engine, python) -> {
          Path shims = Interpreters.PYENV.resolve("../shims").normalize();
          Path pyenv = Interpreters.PYENV.resolve("../bin").normalize();
          assertExactByName(
              engine,
              python,
              Map.of(
                  "PATH",
                  shims + ":" + pyenv + ":/usr/bin:/bin",
                  "PYENV_VERSION",
                  python.version()));
        });
  }

  /// `python3`, as the PATH has it, is that interpreter: for `-c` and for `process("python3")`.
  private void assertExactByName(
      Engine engine, Interpreter python, Map<String, String> environment) {
    String command = "python3 " + Oracle.WORKLOAD;
    for (String script : List.of(BY_TAPSET, marksOf("process(\"python3\")"))) {
      assertExact(
          python, Pytap.run(environment, engine.with(List.of("-e", script, "-c", command))));
    }
  }

  private static Stream<DynamicTest> onEach(
      List<Interpreter> interpreters, BiConsumer<Engine, Interpreter> test) {
    return interpreters.stream()
        .flatMap(python ->
            Stream.of(Engine.values())
                .map(engine ->
                    dynamicTest(python + ", " + engine, () -> test.accept(engine, python))));
  }

  private static String workloadIn(Interpreter python) {
    return python.executable() + " " + Oracle.WORKLOAD;
  }

  private static String marksOf(String process) {
    return BY_MARKS.replace("PROCESS", process);
  }

  /// Lets the target go on as soon as an entry and a return of its `waiting()` are printed.
  private static Consumer<String> goWhenSeen(Target target) {
    Set<String> seen = new HashSet<>();
    return line -> {
      if (line.contains(" waiting ")) {
        seen.add(line.contains(" entry ") ? "entry" : "return");
        if (seen.size() == 2) {
          target.go();
        }
      }
    };
  }

  private void assertExact(Interpreter python, Command pytap) {
    Section truth =
        truths.computeIfAbsent(
            python.dialect(), _ -> Section.recorded(oracle.record(python, "native"), List.of()));
    assertThat(truth.eventCount()).isGreaterThan(50_000);
    assertThat(pytap.status()).as("exit status of %s", pytap).isEqualTo(0);
    assertThat(pytap.err()).isEmpty();
    assertThat(truth.difference(Section.cut(pytap.out())).orElse("")).isEmpty();
  }
}
