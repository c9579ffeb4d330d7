package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Somebody else looks at the target too: a debugger, a coverage tool, another tracer of the same
/// marker. Each sees what it sees alone, or pytap says why it does not begin.
@Tag("safety")
final class OtherTracersTest {
  private static final String EVENTS =
      """
      probe begin { println("armed") }
      function wanted(name) {
        return name == "calls" || name == "leaf" || name == "numbers" || name == "refuse"
          || name == "<genexpr>"
      }
      probe python.function.entry {
        if (wanted(funcname)) printf("entry %s %d\\n", funcname, lineno)
        if (funcname == "stop_tracing") exit()
      }
      probe python.function.return {
        if (wanted(funcname)) printf("return %s %d\\n", funcname, lineno)
      }
      """;

  private final Workbench bench = new Workbench();
  private final Interpreters interpreters;
  private final Path library;

  OtherTracersTest(@TempDir Path directory) {
    interpreters = Interpreters.find(directory);
    library = Servant.library(directory);
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  // ---------------------------------------------------------------- by ptrace

  @Test
  void aTargetUnderGdbIsRefused() {
    assertRefusedUnder("gdb", "gdb", "-q", "-nx", "-p");
  }

  @Test
  void aTargetUnderStraceIsRefused() {
    assertRefusedUnder("strace", "strace", "-o", "/dev/null", "-p");
  }

  private void assertRefusedUnder(String name, String... words) {
    Servant servant = Servant.start(bench, Interpreters.debian(), library);
    List<String> command = new ArrayList<>(List.of(words));
    command.add(Long.toString(servant.pid()));
    Workbench.Conversation tracer = bench.start(command);
    await(name + " is there", () -> tracerOf(servant.pid()) == tracer.process().pid());
    Command pytap =
        bench.pytap(
            Safety.onEngine(List.of("-e", Servant.SCRIPT, "-x", Long.toString(servant.pid())))
                .toArray(String[]::new));
    assertThat(pytap.out()).isEmpty();
    assertThat(pytap.err())
        .isEqualTo(
            """
            pytap: cannot put probes into process %d: it is traced by process %s (%s), and a \
            process has one tracer only
            Tip: end that one, or use --engine kernel, which puts nothing into it
            """
                .formatted(servant.pid(), tracer.pid(), name));
    assertThat(pytap.status()).isEqualTo(1);
    tracer.process().destroy();
    tracer.finish();
    await(name + " is gone", () -> tracerOf(servant.pid()) == 0);
    servant.assertUnharmed();
  }

  private static long tracerOf(long pid) {
    try (Stream<String> status = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return status
          .filter(line -> line.startsWith("TracerPid:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---------------------------------------------------------------- Python's own

  @TestFactory
  Stream<DynamicTest> aPythonTracerThatIsThereBeforeSeesTheSameAndSoDoesPytap() {
    return onEachKind((python, kind) -> assertBothSeeTheSame(python, kind, false));
  }

  @TestFactory
  Stream<DynamicTest> aPythonTracerThatComesMeanwhileSeesTheSameAndSoDoesPytap() {
    return onEachKind((python, kind) -> assertBothSeeTheSame(python, kind, true));
  }

  private void assertBothSeeTheSame(Interpreter python, String kind, boolean meanwhile) {
    try (bench;
        Attacher attacher = Attacher.start(EVENTS)) {
      String aloneInside = observed(python, kind, meanwhile, Runnable::run);
      List<String> aloneOutside = new ArrayList<>();
      Servant plain = Servant.start(bench, python, library);
      aloneOutside.addAll(
          attacher
              .whileTracing(
                  plain.pid(),
                  () -> {
                    plain.ask("calls");
                    plain.stopTracing();
                  })
              .lines());
      assertThat(aloneOutside).hasSizeGreaterThan(30);

      Servant[] servant = new Servant[1];
      List<String> outside = new ArrayList<>();
      String inside =
          observed(
              python,
              kind,
              meanwhile,
              action -> {
                Attacher.Cycle cycle = attacher.whileTracing(servant[0].pid(), action);
                assertThat(cycle.refused()).isEmpty();
                outside.addAll(cycle.lines());
              },
              servant);
      assertThat(inside).isEqualTo(aloneInside);
      assertThat(outside).isEqualTo(aloneOutside);
      servant[0].assertUnharmed();
    }
  }

  private String observed(
      Interpreter python, String kind, boolean meanwhile, Consumer<Runnable> during) {
    return observed(python, kind, meanwhile, during, new Servant[1]);
  }

  /// What the tracer in the program reports.
  ///
  /// @param during is to run what it is given
  private String observed(
      Interpreter python,
      String kind,
      boolean meanwhile,
      Consumer<Runnable> during,
      Servant[] started) {
    Servant servant = Servant.start(bench, python, library);
    started[0] = servant;
    List<String> before = new ArrayList<>(List.of("observe " + kind));
    List<String> then = new ArrayList<>();
    if (meanwhile) {
      then.addAll(before);
      before.clear();
    }
    before.forEach(order -> assertThat(servant.ask(order)).isEqualTo(kind));
    StringBuilder report = new StringBuilder();
    during.accept(() -> {
      then.forEach(order -> assertThat(servant.ask(order)).isEqualTo(kind));
      assertThat(servant.ask("calls")).isEqualTo("21");
      if (meanwhile) {
        report.append(servant.ask("report"));
      }
      servant.stopTracing();
    });
    return meanwhile ? report.toString() : servant.ask("report");
  }

  // ---------------------------------------------------------------- the same code

  /// The kernel's probes are in a file; they must not come into a process of it whose code differs.
  @TestFactory
  Stream<DynamicTest> theKernelEngineOnAnotherProcessOfTheSameFileDoesNoHarm() {
    return interpreters.installed().stream()
        .map(python ->
            dynamicTest(
                python.toString(),
                () -> {
                  try (bench;
                      Attacher attacher = Attacher.start(Servant.SCRIPT)) {
                    Servant servant = Servant.start(bench, python, library);
                    String command = python.executable() + " -c 'def fib(): pass\nfib()'";
                    Attacher.Cycle cycle =
                        attacher.whileTracing(
                            servant.pid(),
                            () -> {
                              Command other =
                                  bench.pytap(
                                      "--engine", "kernel", "-e", Servant.SCRIPT, "-c", command);
                              if (other.status() == 0) {
                                assertThat(other.out()).isEqualTo("armed\ncalls 1\n");
                              } else {
                                assertThat(other.out()).isEqualTo("armed\ncalls 0\n");
                                assertThat(other.err())
                                    .contains("get in each other's way; wait for that one to end");
                              }
                              servant.fibonacciAndStop();
                            });
                    assertThat(cycle.refused()).isEmpty();
                    assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
                    servant.assertUnharmed();
                  }
                }));
  }

  /// Where a breakpoint would come into a jump that a killed pytap left, the jump goes first.
  @TestFactory
  Stream<DynamicTest> theKernelEngineAndTheJumpsThatAKilledPytapLeftDoNoHarm() {
    List<Interpreter> pythons = new ArrayList<>(interpreters.pyenv("3.10", "3.11", "3.13"));
    pythons.addAll(List.of(Interpreters.debian(), Interpreters.freeThreaded()));
    return pythons.stream()
        .map(python ->
            dynamicTest(
                python.toString(),
                () -> {
                  try (bench) {
                    Servant servant = Servant.start(bench, python, library);
                    try (Attacher killed = Attacher.start(Servant.SCRIPT)) {
                      killed.order(servant.pid(), 1);
                      killed.awaitArmed();
                      servant.fibonacci();
                      killed.kill();
                    }
                    assertThat(Footprint.of(servant.pid()).changedCode()).isNotEmpty();
                    String command = python.executable() + " -c 'def fib(): pass\nfib()'";
                    Command other =
                        bench.pytap("--engine", "kernel", "-e", Servant.SCRIPT, "-c", command);
                    assertThat(other.succeeded().out()).isEqualTo("armed\ncalls 1\n");
                    servant.fibonacci();
                    try (Attacher next = Attacher.start(Servant.SCRIPT)) {
                      assertThat(
                              next.whileTracing(servant.pid(), servant::fibonacciAndStop).lines())
                          .isEqualTo(Servant.TRACED);
                    }
                    servant.assertUnharmed();
                  }
                }));
  }

  // ---------------------------------------------------------------- the same marker

  @Test
  void anotherTracerOfTheSameMarkerThatWasThereBeforeCountsOn() {
    Servant servant = Servant.start(bench, Interpreters.debian(), library);
    Workbench.Conversation other = bpftrace(servant);
    try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
      Attacher.Cycle cycle = attacher.whileTracing(servant.pid(), servant::fibonacciAndStop);
      Safety.figure("bpftrace", "there before: " + cycle.refused().orElse("traced"));
      if (cycle.refused().isEmpty()) {
        assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
      } else {
        servant.fibonacci();
      }
      servant.fibonacci();
      assertThat(endOf(other)).contains("@[fib]: 354\n");
      servant.assertUnharmed();
    }
  }

  @Test
  void anotherTracerOfTheSameMarkerMayComeAndGoMeanwhile() {
    Servant servant = Servant.start(bench, Interpreters.debian(), library);
    try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
      Attacher.Cycle cycle =
          attacher.whileTracing(
              servant.pid(),
              () -> {
                Workbench.Conversation other = bpftrace(servant);
                servant.fibonacci();
                assertThat(endOf(other)).contains("@[fib]: 177\n");
                servant.stopTracing();
              });
      assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
      servant.assertUnharmed();
    }
  }

  @Test
  void anotherTracerOfTheSameMarkerMayStayLonger() {
    Servant servant = Servant.start(bench, Interpreters.debian(), library);
    List<Workbench.Conversation> other = new ArrayList<>();
    try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
      Attacher.Cycle cycle =
          attacher.whileTracing(
              servant.pid(),
              () -> {
                other.add(bpftrace(servant));
                servant.fibonacciAndStop();
              });
      assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
      servant.fibonacci();
      assertThat(endOf(other.getFirst())).contains("@[fib]: 354\n");
      servant.assertUnharmed();
    }
  }

  /// Counts returns by their function, by the kernel's probe in the target. Returns once it does:
  /// some time after its breakpoint is there.
  private Workbench.Conversation bpftrace(Servant servant) {
    Workbench.Conversation bpftrace =
        bench.start(
            List.of(
                "bpftrace",
                "-B",
                "line",
                "-p",
                Long.toString(servant.pid()),
                "-e",
                """
                usdt:%s:function__return {
                  @[str(arg1)] = count();
                  if (@counts == 0) { @counts = 1; printf("it counts\\n"); }
                }
                """
                    .formatted(Interpreters.debian().codeFile())));
    assertThat(bpftrace.hear()).startsWith("Attaching");
    await(
        "its first count",
        () -> {
          assertThat(servant.ask("calls")).isEqualTo("21");
          return isReady(bpftrace);
        });
    assertThat(bpftrace.hear()).isEqualTo("it counts");
    return bpftrace;
  }

  private static boolean isReady(Workbench.Conversation program) {
    try {
      return program.process().inputReader().ready();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String endOf(Workbench.Conversation bpftrace) {
    bench.meanwhile("kill", "-INT", bpftrace.pid());
    StringBuilder said = new StringBuilder();
    bpftrace.process().inputReader().lines().forEach(line -> said.append(line).append('\n'));
    assertThat(bpftrace.finish()).isZero();
    return said.toString();
  }

  // ----------------------------------------------------------------

  /// What another program brings about can only be looked for.
  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not in 20 s: " + what);
      }
      Thread.onSpinWait();
    }
  }

  private interface Check {
    void on(Interpreter python, String kind) throws Exception;
  }

  private Stream<DynamicTest> onEachKind(Check check) {
    return interpreters.installed().stream()
        .flatMap(python ->
            kinds(python)
                .map(kind -> dynamicTest(python + ", " + kind, () -> check.on(python, kind))));
  }

  private static Stream<String> kinds(Interpreter python) {
    Stream<String> all = Stream.of("settrace", "setprofile");
    boolean monitoring =
        !python.version().startsWith("2.")
            && Integer.parseInt(python.minorVersion().substring(2)) >= 12;
    return monitoring ? Stream.concat(all, Stream.of("monitoring")) : all;
  }
}
