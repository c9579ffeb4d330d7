package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import pytap.linux.RecordHandler;
import pytap.linux.SharedRing;

/// Records of several processes come in the order of their stamps.
final class RecordMergeTest {
  private static final long MILLI = 1_000_000;
  private static final long NOW = 1000 * MILLI;

  private final RecordMerge merge = new RecordMerge();
  private final List<Long> seen = new ArrayList<>();
  private final RecordHandler handler = (ring, stamp, length) -> seen.add(stamp);

  /// A ring of stamps; the record's "offset" is its stamp.
  private static final class Ring implements RecordMerge.Source {
    final Deque<Long> stamps = new ArrayDeque<>();
    boolean blocked;

    Ring(long... stamps) {
      for (long stamp : stamps) {
        this.stamps.add(stamp);
      }
    }

    @Override
    public OptionalLong nextStamp() {
      return blocked || stamps.isEmpty() ? OptionalLong.empty() : OptionalLong.of(stamps.element());
    }

    @Override
    public boolean isBlocked() {
      return blocked;
    }

    @Override
    public int drainUntil(long stamp, RecordHandler handler) {
      int records = 0;
      while (!blocked && !stamps.isEmpty() && stamps.element() <= stamp) {
        handler.record(MemorySegment.NULL, stamps.remove(), 0);
        records++;
      }
      return records;
    }
  }

  @Test
  void recordsOfThreeRingsComeInTheOrderOfTheirStamps() {
    List<Ring> rings = List.of(new Ring(1, 5, 6, 9), new Ring(2, 3, 10), new Ring(4, 7, 8));
    assertThat(merge.drain(rings, NOW, handler)).isEqualTo(10);
    assertThat(seen).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
  }

  @Test
  void recordsOfTheSameMomentComeInTheOrderOfTheRings() {
    List<Ring> rings = List.of(new Ring(1, 1, 2), new Ring(1, 2));
    assertThat(merge.drain(rings, NOW, handler)).isEqualTo(5);
    assertThat(seen).containsExactly(1L, 1L, 1L, 2L, 2L);
  }

  /// A writer looked whether to stamp before others did, and claimed its piece after them.
  @Test
  void whatHasNoStampComesFirst() {
    long none = SharedRing.UNSTAMPED;
    List<Ring> rings = List.of(new Ring(none, none, 4, none, 6, NOW), new Ring(3, 5));
    assertThat(merge.drain(rings, NOW, handler)).isEqualTo(7);
    assertThat(seen).containsExactly(none, none, 3L, 4L, none, 5L, 6L);
  }

  @Test
  void whatIsYoungerThanAMomentWaits() {
    List<Ring> rings = List.of(new Ring(NOW - 2 * MILLI, NOW - 1), new Ring(NOW - 3 * MILLI));
    assertThat(merge.drain(rings, NOW, handler)).isEqualTo(2);
    assertThat(merge.drain(rings, NOW, handler)).isZero();
    assertThat(merge.drain(rings, NOW + MILLI, handler)).isEqualTo(1);
    assertThat(seen).containsExactly(NOW - 3 * MILLI, NOW - 2 * MILLI, NOW - 1);
  }

  @Test
  void aRingWithAnUnfinishedRecordHoldsTheOthersBackForAWhile() {
    Ring writing = new Ring(NOW);
    writing.blocked = true;
    List<Ring> rings = List.of(writing, new Ring(NOW - 2 * MILLI, NOW + MILLI));
    assertThat(merge.drain(rings, NOW, handler)).isEqualTo(1);
    assertThat(merge.drain(rings, NOW + 40 * MILLI, handler)).isZero();
    writing.blocked = false;
    assertThat(merge.drain(rings, NOW + 41 * MILLI, handler)).isEqualTo(2);
    assertThat(seen).containsExactly(NOW - 2 * MILLI, NOW, NOW + MILLI);
  }

  @Test
  void aWriterThatNeverFinishesHoldsNobodyBackForEver() {
    Ring stopped = new Ring();
    stopped.blocked = true;
    List<Ring> rings = List.of(stopped, new Ring(NOW + MILLI));
    assertThat(merge.drain(rings, NOW, handler)).isZero();
    assertThat(merge.drain(rings, NOW + 50 * MILLI, handler)).isEqualTo(1);
    assertThat(merge.drain(rings, NOW + 51 * MILLI, handler)).isZero();
  }

  @Test
  void atTheEndNothingWaits() {
    List<Ring> rings = List.of(new Ring(NOW + MILLI), new Ring(NOW), new Ring());
    assertThat(merge.drainAll(rings, handler)).isEqualTo(2);
    assertThat(seen).containsExactly(NOW, NOW + MILLI);
  }

  @Test
  void anyDistributionOverRingsAndTimeComesOutSorted() {
    long seed = Long.getLong("pytap.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      seen.clear();
      List<Ring> rings = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(5); i++) {
        rings.add(new Ring());
      }
      List<Long> fired = new ArrayList<>();
      long now = NOW;
      for (int i = 0; i < 300; i++) {
        now += random.nextInt((int) MILLI / 10);
        rings.get(random.nextInt(rings.size())).stamps.add(now);
        fired.add(now);
        if (random.nextInt(10) == 0) {
          merge.drain(rings, now, handler);
        }
      }
      merge.drainAll(rings, handler);
      fired.sort(Comparator.naturalOrder());
      assertThat(seen).as("-Dpytap.seed=%d", seed).isEqualTo(fired);
    }
  }
}
