package pytap.session;

import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.gen.Counters;
import pytap.gen.SharedHeader;
import pytap.inject.Region;
import pytap.inject.Target;
import pytap.linux.RecordHandler;
import pytap.linux.SharedRing;
import pytap.place.Plan;
import pytap.source.TracerException;

/// The records of one region: of the process that it was made in, and of its forked children.
/// Drained by the session's thread; the target belongs to the tracer's.
final class Strand implements RecordMerge.Source, Stamping.Ring {
  private static final long ABANDONED_AFTER_NANOS = 100_000_000;

  private final int process;
  private final Target target;
  private final Region region;
  private final long inode;
  private final SharedRing ring;
  private final Optional<ForeignNumbers> numbers;

  /// @param process in which the region was made
  /// @param inode of the file in memory that the region is mapped from
  /// @param numbers present where the process lives in another pid namespace
  Strand(int process, long inode, Target target, Region region, Optional<ForeignNumbers> numbers) {
    this.process = process;
    this.inode = inode;
    this.target = target;
    this.region = region;
    this.numbers = numbers;
    this.ring = SharedRing.open(region.shared(), region.ring(), ABANDONED_AFTER_NANOS);
  }

  int process() {
    return process;
  }

  long inode() {
    return inode;
  }

  Target target() {
    return target;
  }

  Region region() {
    return region;
  }

  /// Whether the process still has it: not once it has executed another program, or ended. Asked by
  /// the tracer's thread.
  boolean isMapped() {
    try {
      return target.read(region.layout().base(), 1).length == 1;
    } catch (TracerException gone) {
      return false;
    }
  }

  /// Every record that is finished, in the order of the ring.
  int drain(RecordHandler handler) {
    return ring.drain(ours(handler));
  }

  private RecordHandler ours(RecordHandler handler) {
    return numbers.isPresent() ? numbers.get().before(handler) : handler;
  }

  @Override
  public OptionalLong nextStamp() {
    return ring.nextStamp();
  }

  @Override
  public boolean isBlocked() {
    return ring.isBlocked();
  }

  @Override
  public int drainUntil(long stamp, RecordHandler handler) {
    return ring.drainUntil(stamp, ours(handler));
  }

  @Override
  public void stamp(boolean on) {
    ring.stamp(on);
  }

  /// Passes over what a killed process never finished.
  void skipAbandoned(long nowNanos) {
    ring.skipAbandoned(nowNanos);
  }

  /// Nothing writes any more: gives `handler` all that is finished, whatever lies before it.
  int drainAll(RecordHandler handler) {
    int records = drain(handler);
    while (ring.skipAbandoned()) {
      records += drain(handler);
    }
    return records;
  }

  boolean isBehind() {
    return ring.pendingBytes() > ring.sizeBytes() / 8;
  }

  /// Whether nothing is left to drain, once nothing is written any more.
  boolean isOver() {
    return !ring.skipAbandoned() && ring.pendingBytes() == 0;
  }

  /// Children that are forked from now on do not enable themselves.
  void endFollowing() {
    region.shared().set(ValueLayout.JAVA_BYTE, SharedHeader.FOLLOW_OFFSET, (byte) 0);
  }

  long lost(Plan.Channel channel) {
    return counter(Counters.lostOffset(channel.id()));
  }

  long unreadable(Plan.Channel channel) {
    return counter(Counters.unreadableOffset(channel.id()));
  }

  /// Why an interpreter calls no function of ours: bits of [SharedHeader#REFUSALS_OFFSET].
  int refusals() {
    return region.shared().get(ValueLayout.JAVA_INT, SharedHeader.REFUSALS_OFFSET);
  }

  /// Records that were begun and never finished.
  long abandoned() {
    return ring.abandoned();
  }

  private long counter(int offset) {
    return region.shared().get(ValueLayout.JAVA_LONG, SharedHeader.COUNTERS_OFFSET + offset);
  }
}
