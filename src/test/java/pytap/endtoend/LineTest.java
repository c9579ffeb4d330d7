package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Lines, on every interpreter up to 3.11, are those that `sys.settrace` tells of in an untraced
/// run; and trace functions are the target's own affair, while pytap is there and afterwards.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LineTest {
  private static final Path PROGRAM = Target.FOLDER.resolve("lined.py").toAbsolutePath();
  private static final Path TRUTH = Target.FOLDER.resolve("line_truth.py").toAbsolutePath();
  private static final Path SERVANT = Target.FOLDER.resolve("line_servant.py").toAbsolutePath();
  private static final List<String> MINOR_VERSIONS =
      List.of("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11");

  private static final String SCRIPT =
      """
      probe begin { println("armed") }
      probe process.provider("python").mark("line") {
        if (user_string($arg1) == "PROGRAM") {
          printf("%d %s %d\\n", tid(), user_string($arg2), $arg3)
        }
      }
      """
          .replace("PROGRAM", PROGRAM.toString());

  /// What the servant's `work` runs through, until `last` is called.
  private static final String OF_WORK =
      """
      probe begin { println("armed") }
      probe process.provider("python").mark("line") {
        if (user_string($arg2) == "work") printf("%d\\n", $arg3)
        if (user_string($arg2) == "last") exit()
      }
      """;

  private static final List<String> WORK = List.of("11", "12", "13");

  private final Workbench bench = new Workbench();
  private final Path directory;
  private final List<Interpreter> pythons = new ArrayList<>();
  private final List<Interpreter> builds = new ArrayList<>();
  private final Map<String, List<List<String>>> truths = new TreeMap<>();

  LineTest(@TempDir Path directory) {
    this.directory = directory;
    Interpreters interpreters = Interpreters.find(directory);
    interpreters.installed().stream().filter(LineTest::isMeant).forEach(pythons::add);
    interpreters.allBuilds().stream().filter(LineTest::isMeant).forEach(builds::add);
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  private static boolean isMeant(Interpreter python) {
    return Safety.isChosen(python) && MINOR_VERSIONS.contains(python.minorVersion());
  }

  private static Stream<DynamicTest> each(List<Interpreter> interpreters, Trial trial) {
    return interpreters.stream()
        .map(python -> dynamicTest(python.toString(), () -> trial.with(python)));
  }

  private interface Trial {
    void with(Interpreter python) throws IOException;
  }

  /// What each thread ran through, without its number.
  private static List<List<String>> threads(List<String> lines) {
    Map<String, List<String>> all = new TreeMap<>();
    for (String line : lines) {
      int space = line.indexOf(' ');
      if (space > 0) {
        String thread = line.substring(0, space);
        all.computeIfAbsent(thread, _ -> new ArrayList<>()).add(line.substring(space + 1));
      }
    }
    return all.values().stream()
        .sorted((one, other) -> one.toString().compareTo(other.toString()))
        .toList();
  }

  private List<List<String>> truth(Interpreter python) throws IOException {
    List<List<String>> known = truths.get(python.version());
    if (known == null) {
      Path output = directory.resolve("truth" + python.version());
      Command.run(python.process(List.of(TRUTH.toString(), PROGRAM.toString(), output.toString())))
          .succeeded();
      known = threads(Files.readAllLines(output));
      truths.put(python.version(), known);
    }
    return known;
  }

  private void assertExact(Interpreter python, Command pytap) throws IOException {
    assertThat(pytap.status()).as("exit status of %s", pytap).isZero();
    assertThat(pytap.err()).isEmpty();
    assertThat(truth(python)).as("threads").hasSize(5);
    assertThat(truth(python).stream().mapToInt(List::size).sum()).isGreaterThan(2000);
    assertThat(threads(pytap.out().lines().toList())).isEqualTo(truth(python));
  }

  @TestFactory
  Stream<DynamicTest> everyLineOfALaunchedProgramIsSeen() {
    return each(
        builds,
        python ->
            assertExact(
                python,
                Pytap.launch(
                    Engine.IN_PROCESS, python, SCRIPT, python.executable() + " " + PROGRAM)));
  }

  @TestFactory
  Stream<DynamicTest> everyLineOfAProgramThatIsAttachedToIsSeen() {
    return each(
        pythons,
        python -> {
          try (Target target = Target.program(python, PROGRAM)) {
            assertExact(
                python,
                Pytap.attach(
                    Engine.IN_PROCESS,
                    target,
                    List.of("-e", SCRIPT),
                    line -> {
                      if (line.equals("armed")) {
                        target.go();
                        target.finish();
                      }
                    }));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> functionsAndLinesCanBeTracedTogether() {
    String both =
        """
        global entries, lines
        probe python.function.entry { if (funcname == "fib") entries++ }
        probe process.provider("python").mark("line") {
          if (user_string($arg2) == "fib") lines++
        }
        probe end { printf("%d %d\\n", entries, lines) }
        """;
    return each(
        pythons,
        python -> {
          Command pytap =
              Pytap.launch(Engine.IN_PROCESS, python, both, python.executable() + " " + PROGRAM);
          assertThat(pytap.succeeded().err()).isEmpty();
          assertThat(pytap.out()).isEqualTo("335 335\n");
        });
  }

  @TestFactory
  Stream<DynamicTest> traceFunctionsOfTheTargetsOwnWorkAsEver() {
    return each(
        pythons,
        python -> {
          Workbench.Conversation program = start(python);
          String untraced = program.ask("answer = traced()");
          assertThat(untraced).startsWith("[('call', ").endsWith(" None");
          try (Attacher attacher = Attacher.start(OF_WORK)) {
            Attacher.Cycle cycle =
                attacher.whileTracing(
                    program.process().pid(),
                    () -> {
                      program.ask("work()");
                      assertThat(program.ask("answer = traced()")).isEqualTo(untraced);
                      assertThat(program.ask("answer = sys.gettrace()")).isEqualTo("None");
                      program.ask("in_a_thread()");
                      program.ask("last()");
                    });
            assertThat(cycle.refused()).isEmpty();
            List<String> expected = new ArrayList<>(List.of("armed"));
            for (int i = 0; i < 3; i++) {
              expected.addAll(WORK);
            }
            assertThat(cycle.lines()).isEqualTo(expected);
          }
          assertThat(program.ask("answer = traced()")).isEqualTo(untraced);
          assertThat(program.finish()).isZero();
        });
  }

  /// Also the lines of the function that sets one, before it calls or is called again.
  @TestFactory
  Stream<DynamicTest> settingATraceFunctionHidesNoLine() {
    String script = OF_WORK.replace("\"work\"", "\"sets\"");
    return each(
        pythons,
        python -> {
          Workbench.Conversation program = start(python);
          try (Attacher attacher = Attacher.start(script)) {
            Attacher.Cycle cycle =
                attacher.whileTracing(
                    program.process().pid(),
                    () -> {
                      program.ask("sets()");
                      program.ask("last()");
                    });
            assertThat(cycle.lines()).containsExactly("armed", "37", "38", "39", "40", "41");
          }
          assertThat(program.ask("answer = traced()")).endsWith(" None");
          assertThat(program.finish()).isZero();
        });
  }

  /// One is set when pytap comes, and is set still when it goes.
  @TestFactory
  Stream<DynamicTest> aTraceFunctionThatIsThereAlreadyIsKept() {
    return each(
        pythons,
        python -> {
          Workbench.Conversation program = start(python);
          program.ask("sys.settrace(own)");
          program.ask("work()");
          String events = program.ask("answer = len(seen)");
          program.ask("del seen[:]");
          try (Attacher attacher = Attacher.start(OF_WORK)) {
            Attacher.Cycle cycle =
                attacher.whileTracing(
                    program.process().pid(),
                    () -> {
                      program.ask("work()");
                      program.ask("last()");
                    });
            assertThat(cycle.refused()).isEmpty();
            assertThat(cycle.lines()).containsExactlyElementsOf(armedAndWork());
          }
          assertThat(program.ask("answer = len(seen)")).isEqualTo(events);
          program.ask("work()");
          assertThat(program.ask("answer = len(seen) // 2")).isEqualTo(events);
          program.ask("sys.settrace(None)");
          program.ask("work()");
          assertThat(program.ask("answer = len(seen) // 2")).isEqualTo(events);
          assertThat(program.finish()).isZero();
        });
  }

  @TestFactory
  Stream<DynamicTest> whatAKilledPytapLeavesDoesNoHarmAndIsUndone() {
    return each(
        pythons,
        python -> {
          Workbench.Conversation program = start(python);
          String untraced = program.ask("answer = traced()");
          for (int i = 0; i < 3; i++) {
            Attacher killed = Attacher.start(OF_WORK);
            killed.order(program.process().pid(), 1);
            killed.awaitArmed();
            killed.kill();
            program.ask("in_a_thread()");
            assertThat(program.ask("answer = traced()")).isEqualTo(untraced);
          }
          try (Attacher attacher = Attacher.start(OF_WORK)) {
            Attacher.Cycle cycle =
                attacher.whileTracing(
                    program.process().pid(),
                    () -> {
                      program.ask("work()");
                      program.ask("last()");
                    });
            assertThat(cycle.lines()).containsExactlyElementsOf(armedAndWork());
          }
          assertThat(Footprint.of(program.process().pid()).changedCode()).isEmpty();
          assertThat(program.ask("answer = traced()")).isEqualTo(untraced);
          assertThat(program.finish()).isZero();
        });
  }

  /// Twenty busy threads.
  @TestFactory
  Stream<DynamicTest> attachingAndDetachingDoesNoHarm() {
    return each(
        pythons,
        python -> {
          String script =
              Attacher.SCRIPT.replace(
                  "python.function.entry", "process.provider(\"python\").mark(\"line\")");
          try (StressProgram program = StressProgram.start(python);
              Attacher attacher = Attacher.start(script)) {
            for (int i = 0; i < Safety.times(3, 100); i++) {
              assertThat(attacher.cycle(program.pid()).events()).isPositive();
              program.assertGoesOn();
              assertThat(Footprint.of(program.pid()).changedCode()).isEmpty();
            }
            program.assertEndsWell();
          }
        });
  }

  private static List<String> armedAndWork() {
    List<String> lines = new ArrayList<>(List.of("armed"));
    lines.addAll(WORK);
    return lines;
  }

  private Workbench.Conversation start(Interpreter python) {
    Workbench.Conversation program = bench.start(python.process(List.of(SERVANT.toString())));
    assertThat(program.hear()).isEqualTo("ready");
    return program;
  }
}
