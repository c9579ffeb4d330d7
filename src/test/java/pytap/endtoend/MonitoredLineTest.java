package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
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

  private static final Path SERVANT = Target.FOLDER.resolve("line_servant.py").toAbsolutePath();
  private static final Path SUBINTERPRETERS =
      Target.FOLDER.resolve("subinterpreters.py").toAbsolutePath();

  /// What the servant's `work` runs through, until `last` is called.
  private static final String OF_WORK =
      """
      probe begin { println("armed") }
      probe process.mark("line") {
        if (user_string($arg2) == "work") printf("%d\\n", $arg3)
        if (user_string($arg2) == "last") exit()
      }
      """;

  private static final List<String> ARMED_AND_WORK = List.of("armed", "11", "12", "13");

  private final Workbench bench = new Workbench();
  private final List<Interpreter> pythons = new ArrayList<>();
  private final Oracle oracle;
  private final List<Interpreter> builds = new ArrayList<>();
  private final Map<String, Section> truths = new HashMap<>();

  MonitoredLineTest(@TempDir Path directory) {
    oracle = Oracle.in(directory);
    Interpreters interpreters = Interpreters.find(directory);
    interpreters.installed().stream().filter(MonitoredLineTest::isMeant).forEach(pythons::add);
    interpreters.allBuilds().stream().filter(MonitoredLineTest::isMeant).forEach(builds::add);
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  private static boolean isMeant(Interpreter python) {
    return Safety.isChosen(python)
        && !python.minorVersion().startsWith("2.")
        && Integer.parseInt(python.minorVersion().substring(2)) >= 12;
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

  @TestFactory
  Stream<DynamicTest> whatIsRegisteredGoesWithPytap() {
    return eachServant((python, program) -> {
      assertThat(linesOfWork(program)).containsExactlyElementsOf(ARMED_AND_WORK);
      assertThat(tools(program)).isEqualTo("(None, None)");
      assertThat(linesOfWork(program)).containsExactlyElementsOf(ARMED_AND_WORK);
      assertThat(tools(program)).isEqualTo("(None, None)");
      assertThat(Footprint.of(program.process().pid()).changedCode()).isEmpty();
    });
  }

  @TestFactory
  Stream<DynamicTest> aToolOfTheTargetsOwnKeepsItsNumber() {
    return eachServant((python, program) -> {
      program.ask("sys.monitoring.use_tool_id(4, 'own')");
      program.ask("sys.monitoring.register_callback(4, 32, lambda code, line: seen.append(line))");
      program.ask("sys.monitoring.set_events(4, 32)");
      program.ask("work()");
      String told = program.ask("answer = len(seen)");
      program.ask("del seen[:]");
      assertThat(linesOfWork(program)).containsExactlyElementsOf(ARMED_AND_WORK);
      assertThat(tools(program)).isEqualTo("(None, 'own')");
      program.ask("del seen[:]");
      program.ask("work()");
      assertThat(program.ask("answer = len(seen)")).isEqualTo(told);
    });
  }

  @TestFactory
  Stream<DynamicTest> whereNoToolIsFreePytapSaysSo() {
    return eachServant((python, program) -> {
      program.ask("sys.monitoring.use_tool_id(4, 'own')");
      program.ask("sys.monitoring.use_tool_id(3, 'own')");
      assertThat(said(program)).contains("the tools 3 and 4 of its sys.monitoring are in use");
      assertThat(tools(program)).isEqualTo("('own', 'own')");
    });
  }

  @TestFactory
  Stream<DynamicTest> anAuditHookMayForbidIt() {
    return eachServant((python, program) -> {
      program.ask("sys.addaudithook(lambda e, a: e.startswith('sys.monitoring.reg') and 1 / 0)");
      assertThat(said(program)).contains("lets no callback of sys.monitoring be registered");
      assertThat(tools(program)).isEqualTo("(None, None)");
    });
  }

  @TestFactory
  Stream<DynamicTest> forkedChildrenAreTraced() {
    return eachServant((python, program) -> {
      program.ask("import os");
      List<String> lines =
          lines(
              program,
              () -> {
                program.ask("os.fork() or (work(), os._exit(0))");
                program.ask("answer = os.wait()[1]");
                program.ask("last()");
              });
      assertThat(lines).containsExactlyElementsOf(ARMED_AND_WORK);
    });
  }

  @TestFactory
  Stream<DynamicTest> whatAKilledPytapLeavesDoesNoHarmAndIsUndone() {
    return eachServant((python, program) -> {
      for (int i = 0; i < 3; i++) {
        Attacher killed = Attacher.start(OF_WORK);
        killed.order(program.process().pid(), 1);
        killed.awaitArmed();
        program.ask("work()");
        killed.kill();
        assertThat(program.ask("answer = work()")).isEqualTo("2");
        assertThat(tools(program)).isEqualTo("(None, 'pytap')");
      }
      assertThat(linesOfWork(program)).containsExactlyElementsOf(ARMED_AND_WORK);
      assertThat(tools(program)).isEqualTo("(None, None)");
    });
  }

  /// Twenty busy threads; every other pytap is killed.
  @TestFactory
  Stream<DynamicTest> attachingAndDetachingDoesNoHarm() {
    String script = Attacher.SCRIPT.replace("python.function.entry", "process.mark(\"line\")");
    return each(
        pythons,
        python -> {
          try (StressProgram program = StressProgram.start(python);
              Attacher attacher = Attacher.start(script)) {
            for (int i = 0; i < Safety.times(3, 100); i++) {
              assertThat(attacher.cycle(program.pid()).events()).isPositive();
              program.assertGoesOn();
              assertThat(Footprint.of(program.pid()).changedCode()).isEmpty();
              try (Attacher killed = Attacher.start(script)) {
                killed.order(program.pid(), 1000);
                killed.awaitArmed();
              }
              program.assertGoesOn();
            }
            assertThat(attacher.cycle(program.pid()).events()).isPositive();
            program.assertEndsWell();
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> otherInterpretersOfTheProcessAreTraced() {
    return each(
        pythons,
        python -> {
          Command pytap =
              Pytap.launch(
                  Engine.IN_PROCESS,
                  python,
                  """
                  probe process.mark("line") {
                    if (user_string($arg2) == "inner") printf("%d ", $arg3)
                  }
                  """,
                  python.executable() + " " + SUBINTERPRETERS);
          assertThat(pytap.succeeded().err()).isEmpty();
          assertThat(pytap.out()).isEqualTo("3 4 5 4 5 4 6 ".repeat(4));
        });
  }

  private interface Trial {
    void with(Interpreter python) throws IOException;
  }

  private interface ServantTrial {
    void with(Interpreter python, Workbench.Conversation program) throws IOException;
  }

  private static Stream<DynamicTest> each(List<Interpreter> interpreters, Trial trial) {
    return interpreters.stream()
        .map(python -> dynamicTest(python.toString(), () -> trial.with(python)));
  }

  private Stream<DynamicTest> eachServant(ServantTrial trial) {
    return each(
        pythons,
        python -> {
          Workbench.Conversation program = bench.start(python.process(List.of(SERVANT.toString())));
          assertThat(program.hear()).isEqualTo("ready");
          trial.with(python, program);
          assertThat(program.finish()).isZero();
        });
  }

  private static String tools(Workbench.Conversation program) {
    return program.ask("answer = sys.monitoring.get_tool(3), sys.monitoring.get_tool(4)");
  }

  private static List<String> linesOfWork(Workbench.Conversation program) {
    return lines(
        program,
        () -> {
          program.ask("work()");
          program.ask("last()");
        });
  }

  private static List<String> lines(Workbench.Conversation program, Runnable action) {
    try (Attacher attacher = Attacher.start(OF_WORK)) {
      Attacher.Cycle cycle = attacher.whileTracing(program.process().pid(), action);
      assertThat(cycle.refused()).isEmpty();
      return cycle.lines();
    }
  }

  /// What pytap says while it cannot trace.
  private static String said(Workbench.Conversation program) {
    String brief = OF_WORK + "probe timer.ms(400) { exit() }\n";
    try (Attacher attacher = Attacher.start(brief)) {
      Attacher.Cycle cycle =
          attacher.whileTracing(program.process().pid(), () -> program.ask("work()"));
      assertThat(cycle.refused()).isEmpty();
      assertThat(cycle.lines()).hasSize(2);
      return cycle.lines().getLast();
    }
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
