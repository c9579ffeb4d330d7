package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.target.RunningProcess;

/// A Python that is process 1 of a pid namespace of its own, with a second thread, which is 2
/// there, and a child, which is 3.
final class ForeignNumbersTest {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final int GONE = 77;

  private static final String PROGRAM =
      """
      import os, sys, threading
      threading.Thread(target=sys.stdin.read).start()
      if os.fork() == 0: os.read(0, 1)
      print("ready", flush=True)
      """;

  private final Plan plan =
      Scripts.compile("probe python.function.entry { println(tid(), ppid()) }").plan();
  private final RecordLayout layout = plan.channels().getFirst().layout();
  private final MemorySegment ring = Arena.ofAuto().allocate(4096, 8);
  private final List<Long> seen = new ArrayList<>();

  private Process unshare;
  private RunningProcess armed;
  private RunningProcess child;
  private ForeignNumbers numbers;

  @BeforeEach
  void start() throws Exception {
    List<String> words = new ArrayList<>(List.of("unshare", "--pid", "--fork", "--kill-child"));
    words.addAll(List.of("/usr/bin/python3", "-S", "-c", PROGRAM));
    unshare = new ProcessBuilder(words).start();
    BufferedReader said = unshare.inputReader();
    assertThat(said.readLine()).isEqualTo("ready");
    armed = new RunningProcess((int) unshare.pid()).children().getFirst();
    child = armed.children().getFirst();
    numbers = new ForeignNumbers(plan, armed);
  }

  @AfterEach
  void end() throws Exception {
    unshare.destroyForcibly().waitFor();
  }

  @Test
  void theArmedProcessIsKnownByOurNumberAndItsThreadsByTheirs() {
    assertThat(translated(both(armed.pid(), armed.pid()), 0))
        .containsExactly(both(armed.pid(), armed.pid()), unshare.pid());
    int thread = armed.threadNumbered(2).orElseThrow();
    assertThat(thread).isNotEqualTo(2);
    assertThat(translated(both(armed.pid(), 2), 0))
        .containsExactly(both(armed.pid(), thread), unshare.pid());
  }

  @Test
  void aForkedProcessIsFoundByItsOwnNumber() {
    assertThat(child.ownNumber()).hasValue(3);
    assertThat(translated(both(3, 3), 1))
        .containsExactly(both(child.pid(), child.pid()), (long) armed.pid());
  }

  @Test
  void oneThatIsGoneKeepsItsOwnNumbersAndItsParents() {
    assertThat(translated(both(GONE, GONE + 1), 5)).containsExactly(both(GONE, GONE + 1), 5L);
  }

  private static long both(int pid, int tid) {
    return (long) pid << 32 | tid;
  }

  /// The numbers that the handler sees of a record at an address that is no multiple of 8.
  private List<Long> translated(long pidAndTid, long parent) {
    long offset = 12;
    ring.set(ValueLayout.JAVA_INT, offset + RecordLayout.CHANNEL_OFFSET, 0);
    ring.set(LONG, offset + slot(Fact.PID_TGID), pidAndTid);
    ring.set(LONG, offset + slot(Fact.PPID), parent);
    numbers
        .before((record, at, _) -> {
          seen.add(record.get(LONG, at + slot(Fact.PID_TGID)));
          seen.add(record.get(LONG, at + slot(Fact.PPID)));
        })
        .record(ring, offset, layout.fixedBytes());
    List<Long> result = List.copyOf(seen);
    seen.clear();
    return result;
  }

  private int slot(Fact fact) {
    return layout.slots().stream()
        .filter(slot -> slot.capture().equals(new Capture.OfFact(fact)))
        .mapToInt(RecordLayout.Slot::offset)
        .findFirst()
        .orElseThrow();
  }
}
