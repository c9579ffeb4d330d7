package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.compile.Compiler;
import pytap.gen.jvm.HandlerLoader;
import pytap.runtime.ByteString;
import pytap.runtime.Handlers;
import pytap.runtime.Machine;
import pytap.runtime.ProgramShape;
import pytap.runtime.ScriptError;
import pytap.runtime.ScriptEvents;
import pytap.runtime.SessionInfo;
import pytap.runtime.TargetMemory;

/// When timers run, by a clock that the test holds.
final class TimersTest {
  private static final long MILLI = 1_000_000;
  private static final long START = Long.MAX_VALUE - 5 * MILLI;

  private final Compiler.Output script =
      Scripts.compile(
          """
          probe timer.ms(10) { println(1) }
          probe timer.ms(3) { println(2) }
          probe begin { println(3) }
          probe timer.ms(30) { println(4) }
          """);
  private final Recorder recorder = new Recorder(HandlerLoader.load(script.handlers()));
  private final Machine machine = machine(recorder);
  private final Timers timers = new Timers(script.plan().program(), START);

  /// The clock `millis` after the start, past the largest number it can show.
  private static long after(int millis) {
    return START + millis * MILLI;
  }

  /// Handlers that only say which of them ran.
  private static final class Recorder implements Handlers {
    final List<Integer> ran = new ArrayList<>();
    private final Handlers real;
    private int stopAt = -1;

    Recorder(Handlers real) {
      this.real = real;
    }

    @Override
    public void channel(int id, MemorySegment ring, long offset, int length, Machine machine) {
      throw new AssertionError("no record was made");
    }

    @Override
    public void run(int probeIndex, Machine machine) {
      ran.add(probeIndex);
      if (probeIndex == stopAt) {
        machine.stop();
      }
    }

    @Override
    public ProgramShape shape() {
      return real.shape();
    }
  }

  private static Machine machine(Handlers handlers) {
    SessionInfo info = new SessionInfo(0, 0, 0, 1, 1, 0, 0, 0, 0, 0, "test");
    ScriptEvents events =
        new ScriptEvents() {
          @Override
          public void failed(ScriptError error) {
            throw new AssertionError(error);
          }

          @Override
          public void warned(ByteString text) {
            throw new AssertionError(text);
          }
        };
    return new Machine(handlers, info, TargetMemory.NONE, events);
  }

  private List<Integer> at(long millis) {
    recorder.ran.clear();
    timers.run(START + millis * MILLI, recorder, machine);
    return List.copyOf(recorder.ran);
  }

  @Test
  void nothingRunsBeforeItsPeriodIsOver() {
    assertThat(timers.untilNext(START, 99 * MILLI)).isEqualTo(3 * MILLI);
    assertThat(at(0)).isEmpty();
    assertThat(at(2)).isEmpty();
    assertThat(at(3)).containsExactly(1);
    assertThat(at(3)).isEmpty();
    assertThat(timers.untilNext(START + 4 * MILLI, 99 * MILLI)).isEqualTo(2 * MILLI);
    assertThat(timers.untilNext(START + 4 * MILLI, MILLI)).isEqualTo(MILLI);
  }

  @Test
  void theLongestDueRunsFirstAndALateTimerRunsOnce() {
    assertThat(at(11)).containsExactly(1, 0);
    // the timer of 3 ms is due at 12 again, that of 10 ms at 20
    assertThat(at(12)).containsExactly(1);
    assertThat(at(31)).containsExactly(1, 0, 3);
    assertThat(timers.untilNext(after(31), 99 * MILLI)).isEqualTo(2 * MILLI);
    assertThat(at(33)).containsExactly(1);
  }

  @Test
  void nothingRunsBehindAnExit() {
    recorder.stopAt = 1;
    assertThat(at(50)).containsExactly(1);
    assertThat(at(90)).isEmpty();
  }

  @Test
  void withoutTimersTheMostIsWaited() {
    Compiler.Output none = Scripts.compile("probe begin { println(1) }");
    Timers empty = new Timers(none.plan().program(), START);
    assertThat(empty.untilNext(START, 7)).isEqualTo(7);
  }

  @Test
  void aRandomizedTimerIsDueWithinItsSpread() {
    Compiler.Output randomized =
        Scripts.compile("probe timer.ms(100).randomize(40) { println(1) }");
    for (int turn = 0; turn < 200; turn++) {
      long start = START + turn; // which is also what the spread is drawn from
      Timers spread = new Timers(randomized.plan().program(), start);
      assertThat(spread.untilNext(start, 1000 * MILLI)).isBetween(60 * MILLI, 140 * MILLI);
    }
  }
}
