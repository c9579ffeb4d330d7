package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// A target that forks, executes, ends, is stopped, is locked up or waits just when pytap comes:
/// traced or refused, it goes on as if nobody had come.
@Tag("safety")
final class HazardsTest {
  private static final int SECCOMP_ERRNO_EPERM = 0x0005_0001;
  private static final int SECCOMP_KILL_PROCESS = 0x8000_0000;

  private final Workbench bench = new Workbench();
  private final Interpreters interpreters;
  private final Path library;

  HazardsTest(@TempDir Path directory) {
    interpreters = Interpreters.find(directory);
    library = Servant.library(directory);
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  // ---------------------------------------------------------------- children and other programs

  @TestFactory
  Stream<DynamicTest> aChildThatOutlivesTheTraceIsUnharmed() {
    return onEach((python, attacher) -> {
      Servant servant = Servant.start(bench, python, library);
      assertThat(servant.ask("fork")).matches("\\d+");
      List<Long> children = new ArrayList<>();
      Attacher.Cycle cycle =
          attacher.whileTracing(
              servant.pid(),
              () -> {
                servant.fibonacci();
                children.add(Long.valueOf(servant.ask("fork")));
                servant.stopTracing();
              });
      assertThat(cycle.refused()).isEmpty();
      long child = children.getFirst();
      assertThat(Footprint.of(child).changedCode()).isEmpty();
      assertThat(Footprint.stoppedThreads(child)).isEmpty();
      assertThat(servant.ask("reap")).isEqualTo("[10752, 10752]");
      servant.assertUnharmed();
    });
  }

  @TestFactory
  Stream<DynamicTest> aChildThatIsForkedAfterPytapWasKilledIsUnharmed() {
    return onEach((python, attacher) -> {
      Servant servant = Servant.start(bench, python, library);
      try (Attacher first = Attacher.start(Servant.SCRIPT)) {
        first.order(servant.pid(), 1);
        first.awaitArmed();
        assertThat(servant.ask("fork")).matches("\\d+");
        first.kill();
      }
      long child = Long.parseLong(servant.ask("fork"));
      servant.fibonacci();
      assertTraced(attacher, servant);
      assertThat(Footprint.of(child).changedCode()).isEmpty();
      assertThat(servant.ask("reap")).isEqualTo("[10752, 10752]");
      servant.assertUnharmed();
    });
  }

  @TestFactory
  Stream<DynamicTest> aProcessThatHasVforkedIsAttachedToLater() {
    return onEach((python, attacher) -> {
      Servant servant = Servant.start(bench, python, library);
      assertThat(servant.ask("wait_in_vfork 300")).isEqualTo("begun");
      assertTraced(attacher, servant);
      assertThat(servant.ask("join")).isEqualTo("0");
      servant.assertUnharmed();
    });
  }

  @TestFactory
  Stream<DynamicTest> aHookedProcessMayExecuteItselfAnotherPythonAndAnotherProgram() {
    Interpreter other = interpreters.installed().getLast();
    return onEach((python, attacher) -> {
      for (Interpreter next : hasOurFiles(python) ? List.of(python, other) : List.of(python)) {
        Servant servant = Servant.start(bench, python, library);
        attacher.whileTracing(
            servant.pid(),
            () -> {
              servant.fibonacci();
              String program = next.equals(python) ? "itself" : next.executable().toString();
              String words = "%s %s %s".formatted(program, Servant.PROGRAM, library);
              assertThat(servant.ask("execute " + words)).isEqualTo("ready");
              servant.fibonacciAndStop();
              // Its end ends the trace, where the new program is not traced.
              assertThat(servant.conversation().finish()).isZero();
            });
      }
      if (!hasOurFiles(python)) {
        return;
      }
      Servant servant = Servant.start(bench, python, library);
      attacher.whileTracing(
          servant.pid(),
          () -> {
            servant.fibonacci();
            assertThat(servant.ask("execute /bin/sh " + other())).isEqualTo("ready");
            assertThat(servant.ask("it")).isEqualTo("it");
            assertThat(servant.conversation().finish()).isEqualTo(7);
          });
    });
  }

  /// Other Debians have a file system of their own, without a shell.
  private static boolean hasOurFiles(Interpreter python) {
    return !python.build().startsWith("Debian") || python.equals(Interpreters.debian());
  }

  private Path other() {
    try {
      return Files.writeString(
          library.resolveSibling("other.sh"), "echo ready; read line; echo $line; exit 7\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---------------------------------------------------------------- ends

  @TestFactory
  Stream<DynamicTest> endingAtOnceWhileThreadsRunAndAreTracedEndsAsEver() {
    return onEach((python, attacher) -> {
      for (int i = 0; i < Safety.times(3, 15); i++) {
        Servant servant = Servant.start(bench, python, library);
        assertThat(servant.ask("threads 4")).isEqualTo("4");
        attacher.whileTracing(
            servant.pid(),
            () -> {
              assertThat(servant.ask("leave 7")).isEmpty();
              assertThat(servant.conversation().finish()).isEqualTo(7);
            });
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> daemonThreadsThatAreTracedAtTheEndDoNoHarm() {
    return onEach((python, attacher) -> {
      for (int i = 0; i < Safety.times(3, 15); i++) {
        Servant servant = Servant.start(bench, python, library);
        assertThat(servant.ask("threads 8")).isEqualTo("8");
        attacher.whileTracing(
            servant.pid(), () -> assertThat(servant.conversation().finish()).isZero());
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> aProcessWhoseFirstThreadHasEndedIsTraced() {
    return onEach((python, attacher) -> {
      Servant servant = Servant.start(bench, python, library);
      servant.fibonacci();
      assertThat(servant.ask("outlive_main")).isEqualTo("outlived");
      for (int i = 0; i < 2; i++) {
        assertTraced(attacher, servant);
        assertThat(servant.ask("fib 15")).isEqualTo("610");
        assertThat(Footprint.of(servant.pid()).changedCode()).isEmpty();
      }
      assertThat(servant.conversation().finish()).isZero();
    });
  }

  // ---------------------------------------------------------------- stopped, locked up, waiting

  @TestFactory
  Stream<DynamicTest> aStoppedProcessStaysStopped() {
    return onEach((python, attacher) -> {
      Servant servant = Servant.start(bench, python, library);
      servant.fibonacci();
      signal("STOP", servant);
      attacher.order(servant.pid(), 1);
      long begun = attacher.awaitBegin();
      String first = attacher.hear();
      assertThat(Footprint.stoppedThreads(servant.pid())).isEqualTo(List.of(servant.pid() + " T"));
      signal("CONT", servant);
      if (first.equals("armed")) {
        servant.fibonacciAndStop();
        assertThat(attacher.hearRest(begun).lines()).containsExactly("calls 177");
      } else {
        assertThat(first)
            .isEqualTo(
                ("refused: put probes into process %d: it is stopped (SIGSTOP or a terminal's ^Z)"
                        + " (let it run: kill -CONT %d)")
                    .formatted(servant.pid(), servant.pid()));
      }
      servant.assertUnharmed();
    });
  }

  /// System calls that setting up shared memory could take, and those of hooks and clocks.
  private static final Map<String, Integer> CALLS =
      Map.ofEntries(
          Map.entry("mmap", 9),
          Map.entry("mprotect", 10),
          Map.entry("munmap", 11),
          Map.entry("mremap", 25),
          Map.entry("madvise", 28),
          Map.entry("close", 3),
          Map.entry("sched_yield", 24),
          Map.entry("nanosleep", 35),
          Map.entry("getpid", 39),
          Map.entry("ftruncate", 77),
          Map.entry("gettid", 186),
          Map.entry("clock_gettime", 228),
          Map.entry("clock_nanosleep", 230),
          Map.entry("memfd_create", 319));

  @TestFactory
  Stream<DynamicTest> aSystemCallThatSeccompForbidsIsNotMade() {
    return CALLS.entrySet().stream()
        .flatMap(call ->
            Stream.of(SECCOMP_ERRNO_EPERM, SECCOMP_KILL_PROCESS)
                .map(action ->
                    dynamicTest(
                        "%s, action %x".formatted(call.getKey(), action),
                        () -> assertUnharmedBySeccomp(call.getValue(), action))));
  }

  private void assertUnharmedBySeccomp(int call, int action) {
    try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
      Servant servant = Servant.start(bench, Interpreters.debian(), library);
      servant.fibonacci();
      assertThat(servant.ask("forbid 0x%x %d".formatted(action, call))).isEqualTo("forbidden");
      Attacher.Cycle cycle = attacher.whileTracing(servant.pid(), servant::fibonacciAndStop);
      if (cycle.refused().isPresent()) {
        assertThat(cycle.refused().get()).contains("seccomp");
        assertThat(cycle.lines()).isEmpty();
      } else {
        assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
      }
      assertThat(servant.ask("fib 15")).isEqualTo("610");
      assertThat(Footprint.of(servant.pid()).changedCode()).isEmpty();
      Safety.figure(
          "seccomp", "%d, action %x: %s".formatted(call, action, cycle.refused().orElse("traced")));
    }
  }

  @Test
  void aThreadThatMayOnlyReadAndWriteIsNotTouched() {
    try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
      Servant servant = Servant.start(bench, Interpreters.debian(), library);
      servant.fibonacci();
      assertThat(servant.ask("confine_thread")).isEqualTo("confined");
      Attacher.Cycle cycle = attacher.whileTracing(servant.pid(), servant::fibonacciAndStop);
      assertThat(cycle.refused().orElse("traced"))
          .matches(".* its thread \\d+ is in seccomp's strict mode \\(.*\\)");
      assertThat(Footprint.of(servant.pid()).regions()).isEmpty();
      servant.assertUnharmed();
    }
  }

  @TestFactory
  Stream<DynamicTest> noWaitEndsBecauseOfAnAttachment() {
    return onEach((python, attacher) -> {
      Servant servant = Servant.start(bench, python, library);
      assertThat(servant.ask("block")).contains("epoll_wait").contains("sigtimedwait");
      assertThat(servant.ask("blocked")).isEqualTo("nothing returned");
      for (int i = 0; i < Safety.times(3, 50); i++) {
        assertTraced(attacher, servant);
        assertThat(servant.ask("blocked")).isEqualTo("nothing returned");
      }
      servant.assertGoesOn();
    });
  }

  // ---------------------------------------------------------------- elsewhere

  @Test
  void aProcessInOtherNamespacesIsTraced() {
    List<String> elsewhere =
        List.of("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child");
    Servant servant = Servant.start(bench, Interpreters.debian(), elsewhere, library);
    long inside =
        servant.conversation().process().toHandle().children().findFirst().orElseThrow().pid();
    try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
      Attacher.Cycle cycle = attacher.whileTracing(inside, servant::fibonacciAndStop);
      assertThat(cycle.refused()).isEmpty();
      assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
      assertThat(Footprint.of(inside).changedCode()).isEmpty();
      assertThat(servant.ask("fib 15")).isEqualTo("610");
      assertThat(servant.conversation().finish()).isZero();
    }
  }

  @Test
  void aProcessOfAnotherUserIsTraced() {
    for (List<String> other :
        List.of(
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
            List.of("unshare", "--user", "--map-root-user"))) {
      // Not from a directory that others may not read.
      Servant servant = Servant.start(bench, Interpreters.debian(), other, library);
      try (Attacher attacher = Attacher.start(Servant.SCRIPT)) {
        assertTraced(attacher, servant);
        servant.assertUnharmed();
      }
    }
  }

  // ----------------------------------------------------------------

  private static void assertTraced(Attacher attacher, Servant servant) {
    Attacher.Cycle cycle = attacher.whileTracing(servant.pid(), servant::fibonacciAndStop);
    assertThat(cycle.refused()).isEmpty();
    assertThat(cycle.lines()).isEqualTo(Servant.TRACED);
  }

  private void signal(String name, Servant servant) {
    bench.meanwhile("kill", "-" + name, Long.toString(servant.pid()));
  }

  private interface Check {
    void on(Interpreter python, Attacher attacher) throws Exception;
  }

  private Stream<DynamicTest> onEach(Check check) {
    return interpreters.installed().stream()
        .filter(Safety::isChosen)
        .map(python ->
            dynamicTest(
                python.toString(),
                () -> {
                  try (bench;
                      Attacher attacher = Attacher.start(Servant.SCRIPT)) {
                    check.on(python, attacher);
                  }
                }));
  }
}
