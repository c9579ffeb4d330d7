package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.linux.RecordHandler;
import pytap.linux.SharedRing;
import pytap.probe.Argument;
import pytap.probe.Register;
import pytap.probe.Value;

/// The writing end of the ring in machine code against the reading end.
final class InProcessRingTest {
  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
  private static final Argument RDI = InProcessTest.scalar(Value.register(Register.RDI));
  private static final Argument RSI = InProcessTest.scalar(Value.register(Register.RSI));

  /// A word, channel and faults, two numbers.
  private static final int RECORD_BYTES = 32;

  private static OwnProcess process(OwnProcess.Options options) {
    return new OwnProcess(
        InProcessTest.plan(InProcessTest.number(1), InProcessTest.number(2)), options);
  }

  private static long word(byte[] record, int at) {
    return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getLong(at);
  }

  private static List<Thread> start(PatchedLoop loop, int threads, long rounds) {
    List<Thread> started = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int number = i;
      started.add(Thread.ofPlatform().start(() -> loop.run(number, rounds)));
    }
    return started;
  }

  /// Drains while the threads run, and checks order and wholeness. Returns how many came.
  private static long drain(OwnProcess process, List<Thread> threads, long rounds, boolean all)
      throws InterruptedException {
    long[] next = new long[threads.size()];
    Arrays.fill(next, rounds);
    long[] came = {0};
    RecordHandler handler =
        (memory, at, bytes) -> {
          assertThat(bytes).isEqualTo(RECORD_BYTES - 8);
          assertThat(memory.get(ValueLayout.JAVA_LONG, at)).isZero();
          int thread = (int) memory.get(ValueLayout.JAVA_LONG, at + 8);
          long left = memory.get(ValueLayout.JAVA_LONG, at + 16);
          if (all ? left != next[thread] : left > next[thread]) {
            throw new AssertionError(left + " after " + next[thread] + " of thread " + thread);
          }
          next[thread] = left - 1;
          came[0]++;
        };
    while (threads.stream().anyMatch(Thread::isAlive)) {
      process.ring().drain(handler);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    process.ring().drain(handler);
    return came[0];
  }

  @Test
  void everyHitOfSeveralThreadsIsDeliveredInOrderOrCountedAsLost() throws Exception {
    long rounds = 300_000;
    try (OwnProcess process = process(OwnProcess.Options.USUAL)) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      long came = drain(process, start(loop, 4, rounds), rounds, false);
      System.out.println(came + " delivered, " + process.lost() + " lost");
      assertThat(came + process.lost()).isEqualTo(4 * rounds);
      assertThat(came).isPositive();
      assertThat(process.ring().pendingBytes()).isZero();
    }
  }

  @Test
  void aLosslessWriterWaitsForTheReader() throws Exception {
    long rounds = 30_000;
    try (OwnProcess process =
        process(new OwnProcess.Options(false, true, 10_000_000_000L, 4096, false))) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      long came = drain(process, start(loop, 2, rounds), rounds, true);
      assertThat(process.lost()).isZero();
      assertThat(came).isEqualTo(2 * rounds);
    }
  }

  @Test
  void aLosslessWriterGivesUpOnceWhenTheHeartStandsStill() throws Exception {
    long patience = 50_000_000;
    try (OwnProcess process = process(new OwnProcess.Options(false, true, patience, 4096, false))) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      int fit = 4096 / RECORD_BYTES;
      loop.run(0, fit);
      long start = System.nanoTime();
      loop.run(0, 1000);
      long took = System.nanoTime() - start;
      assertThat(process.lost()).isEqualTo(1000);
      assertThat(took).isBetween(patience, 20 * patience);
      assertThat(process.drain()).hasSize(fit);
      loop.run(0, 5);
      assertThat(process.drain()).hasSize(5);
    }
  }

  @Test
  void aFullRingLosesAndCountsAndGoesOnAfterwards() throws Exception {
    try (OwnProcess process = process(OwnProcess.Options.USUAL)) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      int fit = OwnProcess.RING_BYTES / RECORD_BYTES;
      for (int i = 1; i <= 3; i++) {
        loop.run(7, fit + 100);
        List<byte[]> records = process.drain();
        assertThat(records).hasSize(fit);
        assertThat(word(records.getLast(), 16)).isEqualTo(101);
        assertThat(process.lost()).isEqualTo(100L * i);
      }
    }
  }

  @Test
  void whatAKilledWriterLeftIsSkippedWhenItHoldsUpOthersForTooLong() throws Exception {
    try (OwnProcess process = process(OwnProcess.Options.USUAL)) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      loop.run(1, 3000);
      assertThat(process.drain()).hasSize(2048);
      loop.run(1, 10);
      WORD.getAndAdd(process.shared(), (long) SharedRing.WRITERS_OFFSET, 160L);
      SharedRing ring = process.ring();
      assertThat(process.drain()).hasSize(10);
      assertThat(ring.isBlocked()).isTrue();
      assertThat(ring.skipAbandoned(0)).isFalse();
      assertThat(ring.skipAbandoned(2_000_000_000L)).as("nothing is held up").isFalse();
      loop.run(1, 4);
      assertThat(process.drain()).isEmpty();
      assertThat(ring.skipAbandoned(999_999_999L)).as("not long enough").isFalse();
      assertThat(ring.skipAbandoned(1_000_000_000L)).isTrue();
      assertThat(ring.isBlocked()).isFalse();
      assertThat(process.drain()).hasSize(4);
      assertThat(ring.abandoned()).isEqualTo(1);
      WORD.getAndAdd(process.shared(), (long) SharedRing.WRITERS_OFFSET, 32L);
      assertThat(ring.skipAbandoned()).isTrue();
      assertThat(ring.pendingBytes()).isZero();
      loop.run(1, 2);
      assertThat(process.drain()).hasSize(2);
    }
  }

  @Test
  void recordsFromBeforeStampingHaveNoStampAndAreOlderThanAny() throws Exception {
    try (OwnProcess process = process(new OwnProcess.Options(false, false, 0, 1 << 16, true))) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      loop.run(1, 5);
      long before = System.nanoTime();
      process.ring().stamp(true);
      loop.run(2, 5);
      List<Long> who = new ArrayList<>();
      RecordHandler handler = (memory, at, _) -> who.add(memory.get(ValueLayout.JAVA_LONG, at + 8));
      assertThat(process.ring().nextStamp()).hasValue(SharedRing.UNSTAMPED);
      assertThat(process.ring().drainUntil(before, handler)).isEqualTo(5);
      assertThat(process.ring().nextStamp().orElseThrow()).isBetween(before, System.nanoTime());
      assertThat(process.ring().drain(handler)).isEqualTo(5);
      assertThat(who).containsExactly(1L, 1L, 1L, 1L, 1L, 2L, 2L, 2L, 2L, 2L);
      process.ring().stamp(false);
      loop.run(3, 1);
      assertThat(process.ring().nextStamp()).hasValue(SharedRing.UNSTAMPED);
    }
  }

  @Test
  void nothingIsLostOrTurnedRoundWhenStampingBeginsUnderWay() throws Exception {
    long rounds = 100_000;
    try (OwnProcess process =
        process(new OwnProcess.Options(false, true, 10_000_000_000L, 1 << 16, true))) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      List<Thread> threads = start(loop, 2, rounds);
      while (process.ring().pendingBytes() == 0) {
        Thread.onSpinWait();
      }
      process.ring().stamp(true);
      long called = System.nanoTime();
      assertThat(drain(process, threads, rounds, true)).isEqualTo(2 * rounds);
      loop.run(0, 1);
      assertThat(process.ring().nextStamp().orElseThrow()).isGreaterThan(called);
    }
  }

  @Test
  void stampsAreTheTimeAndSplitADrain() throws Exception {
    try (OwnProcess process = process(new OwnProcess.Options(true, false, 0, 1 << 16, true))) {
      PatchedLoop loop = new PatchedLoop(process);
      loop.patch(RDI, RSI);
      assertThat(process.ring().nextStamp()).isEmpty();
      long first = System.nanoTime();
      loop.run(1, 5);
      long second = System.nanoTime();
      loop.run(2, 5);
      long third = System.nanoTime();
      assertThat(process.ring().nextStamp().orElseThrow()).isBetween(first, second);
      List<Long> who = new ArrayList<>();
      RecordHandler handler = (memory, at, _) -> who.add(memory.get(ValueLayout.JAVA_LONG, at + 8));
      assertThat(process.ring().drainUntil(second, handler)).isEqualTo(5);
      assertThat(process.ring().nextStamp().orElseThrow()).isBetween(second, third);
      assertThat(process.ring().drain(handler)).isEqualTo(5);
      assertThat(who).containsExactly(1L, 1L, 1L, 1L, 1L, 2L, 2L, 2L, 2L, 2L);
      assertThat(process.ring().nextStamp()).isEmpty();
    }
  }
}
