package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Audit events, on every interpreter that has them, are those that a hook in the same process
/// hears of; and the list of hooks is the target's own again afterwards.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AuditTest {
  private static final Path PROGRAM = Target.FOLDER.resolve("audited.py").toAbsolutePath();

  private static final String SCRIPT =
      """
      probe begin { println("armed") }
      probe process.provider("python").mark("audit") {
        printf("%d %s\\n", tid(), user_string($arg1))
      }
      """;

  private final Workbench bench = new Workbench();
  private final Path directory;
  private final List<Interpreter> pythons = new ArrayList<>();
  private final List<Interpreter> builds = new ArrayList<>();
  private final Path hookLibrary;

  AuditTest(@TempDir Path directory) {
    this.directory = directory;
    Interpreters interpreters = Interpreters.find(directory);
    interpreters.installed().stream().filter(AuditTest::hasAudit).forEach(pythons::add);
    interpreters.allBuilds().stream().filter(AuditTest::hasAudit).forEach(builds::add);
    hookLibrary = directory.resolve("audit_hook.so");
    Path source = Target.FOLDER.resolve("audit_hook.c");
    List<String> compiler = List.of("cc", "-O2", "-shared", "-fPIC", "-o", hookLibrary.toString());
    List<String> words = new ArrayList<>(compiler);
    words.add(source.toString());
    Command.run(new ProcessBuilder(words)).succeeded();
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  private static boolean hasAudit(Interpreter python) {
    return Safety.isChosen(python) && !List.of("2.7", "3.6", "3.7").contains(python.minorVersion());
  }

  private static boolean hasProbe(Interpreter python) {
    return python.build().startsWith("Debian");
  }

  private static Stream<DynamicTest> each(List<Interpreter> interpreters, Trial trial) {
    return interpreters.stream()
        .map(python -> dynamicTest(python.toString(), () -> trial.with(python)));
  }

  private interface Trial {
    void with(Interpreter python) throws IOException;
  }

  /// `python` with the file in its environment that the program writes to.
  private Interpreter telling(Interpreter python) {
    Map<String, String> environment = new HashMap<>(python.environment());
    environment.put("AUDIT_TRUTH", truth().toString());
    return new Interpreter(
        python.version(), python.build(), python.executable(), python.codeFile(), environment);
  }

  private Path truth() {
    return directory.resolve("truth");
  }

  /// What each thread raised, from its first `audited.begin` to its last `audited.end`.
  private static Map<String, List<String>> byThread(List<String> lines) {
    Map<String, List<String>> all = new TreeMap<>();
    for (String line : lines) {
      String thread = line.substring(0, Math.max(0, line.indexOf(' ')));
      if (!thread.isEmpty()) {
        all.computeIfAbsent(thread, _ -> new ArrayList<>()).add(line);
      }
    }
    Map<String, List<String>> cut = new TreeMap<>();
    all.forEach((thread, events) -> {
      int from = events.indexOf(thread + " audited.begin");
      int to = events.lastIndexOf(thread + " audited.end");
      if (from >= 0) {
        cut.put(thread, events.subList(from, to + 1));
      }
    });
    return cut;
  }

  private void assertExact(Command pytap) throws IOException {
    assertThat(pytap.status()).as("exit status of %s", pytap).isZero();
    assertThat(pytap.err()).isEmpty();
    Map<String, List<String>> truth = byThread(Files.readAllLines(truth()));
    assertThat(truth).as("threads").hasSize(6);
    assertThat(truth.values().stream().mapToInt(List::size).sum()).isGreaterThan(1500);
    assertThat(byThread(pytap.out().lines().toList())).isEqualTo(truth);
    Files.delete(truth());
  }

  @TestFactory
  Stream<DynamicTest> aLaunchedProgramIsAuditedExactly() {
    return each(
        builds,
        python -> {
          // A joined thread may not have left the kernel yet when the program forks.
          String command = python.executable() + " -W ignore::DeprecationWarning " + PROGRAM;
          assertExact(Pytap.launch(Engine.IN_PROCESS, telling(python), SCRIPT, command));
        });
  }

  @TestFactory
  Stream<DynamicTest> aProgramThatIsAttachedToIsAuditedExactly() {
    return each(
        pythons,
        python -> {
          try (Target target = Target.program(telling(python), PROGRAM)) {
            AtomicInteger ends = new AtomicInteger();
            assertExact(
                Pytap.attach(
                    Engine.IN_PROCESS,
                    target,
                    List.of("-e", SCRIPT),
                    line -> {
                      if (line.equals("armed")) {
                        target.go();
                      } else if (line.equals(target.pid() + " audited.end")
                          && ends.incrementAndGet() == 2) {
                        target.finish();
                      }
                    }));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> theArgumentsAreShownAsReprShowsThem() {
    Path program = Target.FOLDER.resolve("audit_values.py").toAbsolutePath();
    String script =
        """
        probe process.provider("python").mark("audit") {
          if (user_string2($arg1, "") == "values") println(user_string($arg2))
        }
        """;
    return each(
        pythons,
        python -> {
          for (Engine engine : Engine.values()) {
            if (engine == Engine.IN_PROCESS || hasProbe(python)) {
              String command = python.executable() + " " + program;
              Command pytap =
                  Pytap.run(
                      telling(python).environment(),
                      engine.with(List.of("-D", "MAXSTRINGLEN=1024", "-e", script, "-c", command)));
              assertThat(pytap.succeeded().err()).isEmpty();
              assertThat(pytap.out().lines().toList()).isEqualTo(Files.readAllLines(truth()));
            }
          }
        });
  }

  /// The kernel's engine at the static probe, and ours in the list, over a whole run. The kernel
  /// does not read a name that lies in a page of the file which the process has not touched yet.
  @TestFactory
  Stream<DynamicTest> bothEnginesSeeTheSameFromTheFirstEventToTheLast() throws IOException {
    Path program = Files.writeString(directory.resolve("short.py"), "import json\n");
    String script = SCRIPT.replace("user_string($arg1)", "user_string2($arg1, \"untouched\")");
    return each(
        pythons.stream().filter(AuditTest::hasProbe).toList(),
        python -> {
          String command = python.executable() + " -S -B " + program;
          List<String> all = new ArrayList<>(events(Engine.IN_PROCESS, python, script, command));
          assertThat(all).doesNotContain("untouched").endsWith("cpython._PySys_ClearAuditHooks");
          List<String> byKernel = events(Engine.KERNEL, python, script, command);
          for (int i = 0; i < Math.min(all.size(), byKernel.size()); i++) {
            if (byKernel.get(i).equals("untouched")) {
              all.set(i, "untouched");
            }
          }
          assertThat(byKernel).isEqualTo(all);
        });
  }

  private static List<String> events(
      Engine engine, Interpreter python, String script, String command) {
    Command pytap = Pytap.launch(engine, python, script, command).succeeded();
    assertThat(pytap.err()).isEmpty();
    return pytap.out().lines().map(line -> line.replaceFirst("^\\d+ ", "")).toList();
  }

  /// Before pytap comes, while it is there, and with the last word at the end.
  @TestFactory
  Stream<DynamicTest> hooksOfTheTargetsOwnAreCalledAsEver() {
    return each(
        pythons,
        python -> {
          Workbench.Conversation program = start(python);
          assertThat(program.ask("add()")).isEqualTo("done");
          try (Attacher attacher = Attacher.start(brief())) {
            Attacher.Cycle cycle =
                attacher.whileTracing(
                    program.process().pid(),
                    () -> {
                      assertThat(heardOf(program, "first")).isEqualTo("1");
                      assertThat(program.ask("add()")).isEqualTo("done");
                      assertThat(heardOf(program, "second")).isEqualTo("2");
                      program.ask("forbid('forbidden', b'no')");
                      assertThat(program.ask("sys.audit('no')")).isEqualTo("SystemError");
                      program.ask("sys.audit('stop')");
                    });
            assertThat(cycle.refused()).isEmpty();
            assertThat(cycle.lines().stream().filter(line -> line.matches("first|second|no|stop")))
                .as("hooks before ours forbid `no` before we hear of it")
                .containsExactly("first", "second", "stop");
          }
          assertThat(heardOf(program, "third")).isEqualTo("2");
          assertThat(program.finish()).isZero();
        });
  }

  /// An extension's hook ends the round in which the runtime says that it frees all entries.
  @TestFactory
  Stream<DynamicTest> theRuntimeFreesNothingOfOursAtItsEnd() {
    return each(
        pythons,
        python -> {
          for (String when : List.of("", "add()")) {
            Workbench.Conversation program = start(python);
            program.ask("forbid('forbidden', b'cpython._PySys_ClearAuditHooks')");
            program.ask(when);
            Attacher attacher = Attacher.start(brief());
            attacher.order(program.process().pid(), 1);
            attacher.awaitArmed();
            program.ask("add()");
            assertThat(program.finish()).as("exit status").isZero();
            Attacher.Cycle cycle = attacher.hearRest(0);
            assertThat(cycle.refused()).isEmpty();
            assertThat(cycle.lines()).endsWith("cpython._PySys_ClearAuditHooks");
            attacher.close();
          }
        });
  }

  /// What a killed pytap left is harmless, and the next one takes it out before it puts in its own.
  @TestFactory
  Stream<DynamicTest> aKilledPytapLeavesAHookThatDoesNoHarm() {
    return each(
        pythons,
        python -> {
          Workbench.Conversation program = start(python);
          for (int i = 0; i < 3; i++) {
            Attacher killed = Attacher.start(brief());
            killed.order(program.process().pid(), 1);
            killed.awaitArmed();
            killed.kill();
            program.ask("sys.audit('meanwhile')");
          }
          try (Attacher attacher = Attacher.start(brief())) {
            Attacher.Cycle cycle =
                attacher.whileTracing(
                    program.process().pid(),
                    () -> {
                      program.ask("sys.audit('once')");
                      program.ask("sys.audit('stop')");
                    });
            assertThat(cycle.refused()).isEmpty();
            assertThat(cycle.lines().stream().filter(line -> line.matches("once|stop")))
                .containsExactly("once", "stop");
          }
          Attacher last = Attacher.start(brief());
          last.order(program.process().pid(), 1);
          last.awaitArmed();
          last.kill();
          assertThat(program.finish()).as("exit status").isZero();
        });
  }

  /// Twenty busy threads; and pytap may be killed at any moment of it.
  @TestFactory
  Stream<DynamicTest> attachingAndDetachingDoesNoHarm() {
    String script =
        Attacher.SCRIPT.replace(
            "python.function.entry", "process.provider(\"python\").mark(\"audit\")");
    Random random = Safety.random("audit kills");
    return each(
        pythons,
        python -> {
          try (StressProgram program = StressProgram.start(python);
              Attacher attacher = Attacher.start(script)) {
            long usual = attacher.cycle(program.pid()).allNanos();
            for (int i = 0; i < Safety.times(2, 50); i++) {
              Attacher killed = Attacher.start(script);
              killed.order(program.pid(), 1);
              long until = killed.awaitBegin() + (long) (random.nextDouble() * usual);
              while (System.nanoTime() < until) {
                LockSupport.parkNanos(until - System.nanoTime());
              }
              killed.kill();
              program.assertGoesOn();
              assertThat(attacher.cycle(program.pid()).events()).isPositive();
              assertThat(Footprint.of(program.pid()).changedCode()).isEmpty();
              program.assertGoesOn();
            }
            program.assertEndsWell();
          }
        });
  }

  private static String brief() {
    return """
    probe begin { println("armed") }
    probe process.provider("python").mark("audit") {
      println(user_string($arg1))
      if (user_string($arg1) == "stop") exit()
    }
    """;
  }

  /// How many hooks of the library hear of an event.
  private static String heardOf(Workbench.Conversation program, String event) {
    return program.ask("answer = heard_of('" + event + "')");
  }

  private Workbench.Conversation start(Interpreter python) {
    Path servant = Target.FOLDER.resolve("audit_servant.py").toAbsolutePath();
    Workbench.Conversation program =
        bench.start(python.process(List.of(servant.toString(), hookLibrary.toString())));
    assertThat(program.hear()).isEqualTo("ready");
    return program;
  }
}
