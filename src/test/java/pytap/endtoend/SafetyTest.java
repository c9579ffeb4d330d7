package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A program with twenty busy threads is attached to and detached from again and again, and pytap
/// is killed at any moment of that: the program never notices.
@Timeout(value = 90, unit = TimeUnit.MINUTES) // with all rounds
final class SafetyTest {
  private static final int KILLS = 300;

  /// A region is left alone while a thread stands in it, and one that the machine does not run may
  /// do so for long.
  private static final int MOST_REGIONS = 4;

  private final Interpreters interpreters;

  SafetyTest(@TempDir Path directory) {
    interpreters = Interpreters.find(directory);
  }

  /// A little of what follows, on two interpreters that differ most.
  @TestFactory
  Stream<DynamicTest> aFewCyclesAndKillsDoNoHarm() {
    Random random = Safety.random("kills");
    List<Interpreter> few =
        List.of(interpreters.installed().getFirst(), Interpreters.freeThreaded());
    return few.stream()
        .map(python ->
            dynamicTest(
                python.toString(),
                () -> {
                  attachAndDetach(python, 3);
                  kill(python, 2, random);
                }));
  }

  @TestFactory
  @Tag("safety")
  Stream<DynamicTest> attachingAndDetachingDoesNoHarm() {
    return onEach(python -> attachAndDetach(python, Safety.times(8, 200)));
  }

  private static void attachAndDetach(Interpreter python, int cycles) {
    List<Long> arming = new ArrayList<>();
    long events = 0;
    int regions = 0;
    try (StressProgram program = StressProgram.start(python);
        Attacher attacher = Attacher.start()) {
      for (int i = 0; i < cycles; i++) {
        Attacher.Cycle cycle = attacher.cycle(program.pid());
        events += cycle.events();
        arming.add(cycle.armNanos());
        program.assertGoesOn();
        Footprint left = Footprint.of(program.pid());
        assertThat(left.changedCode()).isEmpty();
        regions = left.countRegions();
        assertThat(regions).isBetween(1, MOST_REGIONS);
      }
      program.assertEndsWell();
    }
    assertThat(events).isGreaterThan(100L * cycles);
    Safety.figure(
        "cycles",
        "%s: armed %s; %d events; regions left: %d"
            .formatted(python, Safety.millis(arming), events, regions));
  }

  @TestFactory
  @Tag("safety")
  Stream<DynamicTest> wholeProcessesOfPytapDoNoHarm() {
    return onEach(python -> {
      try (StressProgram program = StressProgram.start(python)) {
        for (int i = 0; i < Safety.times(1, 10); i++) {
          Command pytap = Pytap.run(Map.of(), attach(program));
          assertThat(pytap.succeeded().err().lines()).allMatch(Attacher::isLoss);
          assertThat(pytap.out()).matches("armed\nevents [1-9]\\d+\n");
          program.assertGoesOn();
          assertThat(Footprint.of(program.pid()).changedCode()).isEmpty();
        }
        program.assertEndsWell();
      }
    });
  }

  @TestFactory
  @Tag("safety")
  Stream<DynamicTest> pytapMayBeKilledAtAnyMoment() {
    Random random = Safety.random("kills");
    int each = Math.ceilDiv(Safety.times(interpreters.installed().size(), KILLS), installed());
    return onEach(python -> kill(python, each, random));
  }

  private static void kill(Interpreter python, int times, Random random) {
    Map<String, Integer> found = new TreeMap<>();
    try (StressProgram program = StressProgram.start(python);
        Attacher second = Attacher.start()) {
      long usual = second.cycle(program.pid()).allNanos();
      for (int i = 0; i < times; i++) {
        killOne(program, random, usual);
        found.merge(leftBehind(program), 1, Integer::sum);
        program.assertGoesOn();
        assertThat(second.cycle(program.pid()).events()).isPositive();
        assertThat(Footprint.of(program.pid()).changedCode()).isEmpty();
        program.assertGoesOn();
      }
      program.assertEndsWell();
    }
    Safety.figure("kills", "%s: %d kills, left behind %s".formatted(python, times, found));
  }

  /// Kills a pytap in its first, second or third session.
  private static void killOne(StressProgram program, Random random, long usualNanos) {
    try (Attacher first = Attacher.start()) {
      first.order(program.pid(), 1000);
      long nanos = 4 * usualNanos; // the first session of a JVM
      for (int before = random.nextInt(3); before > 0; before--) {
        first.hearCycle();
        nanos = usualNanos;
      }
      first.awaitBegin();
      LockSupport.parkNanos((long) (nanos * random.nextDouble()));
      first.kill();
    }
  }

  private static String leftBehind(StressProgram program) {
    Footprint left = Footprint.of(program.pid());
    return "%s, %s"
        .formatted(
            left.changedCode().isEmpty() ? "no jumps" : "jumps",
            left.regions().isEmpty() ? "no region" : "a region");
  }

  @TestFactory
  @Tag("safety")
  Stream<DynamicTest> wholeProcessesOfPytapMayBeKilledAtAnyMoment() {
    Random random = Safety.random("kills");
    return onEach(python -> {
      Map<String, Integer> found = new TreeMap<>();
      try (StressProgram program = StressProgram.start(python)) {
        for (int i = 0; i < Safety.times(1, 5); i++) {
          killWholeProcess(program, random);
          found.merge(leftBehind(program), 1, Integer::sum);
          program.assertGoesOn();
          Pytap.run(Map.of(), attach(program)).succeeded();
          assertThat(Footprint.of(program.pid()).changedCode()).isEmpty();
          program.assertGoesOn();
        }
        program.assertEndsWell();
      }
      Safety.figure("kills", "%s: whole processes, left behind %s".formatted(python, found));
    });
  }

  private static void killWholeProcess(StressProgram program, Random random) throws Exception {
    Process first = Pytap.process(Map.of(), attach(program)).start();
    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(100_000, 600_000)));
    first.destroyForcibly().waitFor();
  }

  private static List<String> attach(StressProgram program) {
    return Safety.onEngine(List.of("-e", Attacher.SCRIPT, "-x", Long.toString(program.pid())));
  }

  /// A program that is asked to do something between attachments.
  @TestFactory
  @Tag("safety")
  Stream<DynamicTest> nothingButAnIdleRegionIsLeftBehind() {
    return onEach(python -> {
      try (Workbench bench = new Workbench();
          Attacher attacher = Attacher.start(Attacher.BRIEF)) {
        Workbench.Conversation target =
            bench.start(python.process(List.of(Target.FOLDER.resolve("answer.py").toString())));
        assertThat(target.ask("15")).isEqualTo("610");
        Footprint before = Footprint.of(target.process().pid());
        attacher.cycle(target.process().pid());
        Footprint after = Footprint.of(target.process().pid());
        assertThat(after.changedCode()).isEqualTo(before.changedCode()).isEmpty();
        assertThat(after.mappings()).isEqualTo(before.mappings());
        assertThat(after.descriptors()).isEqualTo(before.descriptors());
        for (int i = 0; i < Safety.times(5, 50); i++) {
          attacher.cycle(target.process().pid());
          assertThat(target.ask("15")).isEqualTo("610");
        }
        assertThat(Footprint.of(target.process().pid())).isEqualTo(after);
        assertThat(target.finish()).isZero();
      }
    });
  }

  @TestFactory
  @Tag("safety")
  Stream<DynamicTest> theTargetMayDieAtAnyMoment() {
    Random random = Safety.random("deaths");
    return onEach(python -> {
      Map<String, Integer> ends = new TreeMap<>();
      try (Attacher attacher = Attacher.start()) {
        long usual = 100_000_000;
        for (int i = 0; i < Safety.times(2, 20); i++) {
          try (StressProgram program = StressProgram.start(python)) {
            attacher.order(program.pid(), 1);
            long begun = attacher.awaitBegin();
            LockSupport.parkNanos((long) (usual * random.nextDouble()));
            program.kill();
            Attacher.Cycle cycle = attacher.hearRest(begun);
            usual = Math.max(cycle.allNanos(), 50_000_000);
            ends.merge(
                cycle.refused().map(it -> it.replaceAll("\\d+", "PID")).orElse("ended"),
                1,
                Integer::sum);
          }
        }
      }
      Safety.figure("deaths", python + ": " + ends);
    });
  }

  private int installed() {
    return interpreters.installed().size();
  }

  private interface Check {
    void on(Interpreter python) throws Exception;
  }

  private Stream<DynamicTest> onEach(Check check) {
    return interpreters.installed().stream()
        .filter(Safety::isChosen)
        .map(python -> dynamicTest(python.toString(), () -> check.on(python)));
  }
}
