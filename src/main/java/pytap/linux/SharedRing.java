package pytap.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.OptionalLong;

/// The reading end of a ring in memory that is shared with other processes: many writers there,
/// this one reader, one order, no kernel between.
///
/// A header holds the positions, counted in bytes since the beginning; the data is mapped twice in
/// a row, so that a record is always in one piece. A writer claims its piece by moving the writers'
/// position, fills it and stores its first word last:
///
/// | bits | what |
/// |---|---|
/// | 0 to 26 | bytes of the record, without this word, the stamp and padding to 8 |
/// | 30 | 8 bytes with the time of the claim follow |
/// | 31 | always 1 |
/// | 32 to 63 | the low 32 bits of `position / 8 * 0x9e3779b1`: whose word this is |
///
/// A word that does not belong to its position was left from before: the record is not finished. If
/// its writer was killed it never will be; [#skipAbandoned] finds the next that is.
///
/// Writers put a stamp into their records while the byte at [#STAMPING_OFFSET] is not 0. One that
/// looked there just before [#stamp] was called may claim its piece behind others that are stamped:
/// a record without a stamp is older than that call, wherever it stands.
///
/// [#drain] also lets the header's heartbeat, by which waiting writers see that somebody reads, and
/// its generation, at which writers forget which pages they know to be readable, go on.
public final class SharedRing {
  /// What the header takes.
  public static final int HEADER_BYTES = 192;

  public static final int READER_OFFSET = 0;

  /// One byte, where writers look anyway and the reader seldom writes.
  public static final int STAMPING_OFFSET = 8;

  public static final int WRITERS_OFFSET = 64;
  public static final int HEARTBEAT_OFFSET = 128;
  public static final int GENERATION_OFFSET = 136;

  public static final int WORD_BYTES = 8;
  public static final int LENGTH_MASK = (1 << 27) - 1;
  public static final int STAMPED = 1 << 30;
  public static final int FINISHED = 1 << 31;
  public static final int TAG_FACTOR = 0x9e3779b1;

  /// What [#nextStamp] says of a record without one: older than any.
  public static final long UNSTAMPED = Long.MIN_VALUE;

  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();

  private final MemorySegment header;
  private final MemorySegment data;
  private final long mask;
  private final long abandonedAfterNanos;
  private long position;
  private long stuckAt = -1;
  private long stuckSinceNanos;
  private long writersThen;
  private long abandoned;

  private SharedRing(MemorySegment header, MemorySegment data, long abandonedAfterNanos) {
    this.header = header;
    this.data = data;
    this.mask = data.byteSize() / 2 - 1;
    this.abandonedAfterNanos = abandonedAfterNanos;
    this.position = (long) WORD.getAcquire(header, (long) READER_OFFSET);
  }

  /// A reader that goes on where the last one stopped. The memory stays the caller's.
  ///
  /// @param header begins with the header
  /// @param data the data, twice
  /// @param abandonedAfterNanos how long an unfinished record may hold up others that follow it
  public static SharedRing open(
      MemorySegment header, MemorySegment data, long abandonedAfterNanos) {
    if (Long.bitCount(data.byteSize()) != 1) {
      throw new IllegalStateException("a ring of twice " + data.byteSize() / 2 + " bytes");
    }
    return new SharedRing(header, data, abandonedAfterNanos);
  }

  /// Gives `handler` every record that was finished when this call began, oldest first, and frees
  /// their space. Stops before one that is not.
  ///
  /// @return how many records the handler got
  public int drain(RecordHandler handler) {
    return drainUntil(Long.MAX_VALUE, handler);
  }

  /// The same, up to the first record with a stamp above `stamp`. Records without one all pass.
  public int drainUntil(long stamp, RecordHandler handler) {
    beat();
    long end = writers();
    long published = position;
    int records = 0;
    while (position < end) {
      long at = position & mask;
      long word = (long) WORD.getAcquire(data, at);
      if (!isFinished(word, position)) {
        break;
      }
      int sizeBytes = (int) word & LENGTH_MASK;
      boolean stamped = ((int) word & STAMPED) != 0;
      if (stamped && (long) WORD.get(data, at + WORD_BYTES) > stamp) {
        break;
      }
      int headBytes = headBytes(stamped);
      handler.record(data, at + headBytes, sizeBytes);
      records++;
      position += headBytes + sizeBytes + 7 & -8L;
      if (position - published >= mask >> 4) {
        publish();
        published = position;
      }
    }
    if (position != published) {
      publish();
    }
    return records;
  }

  /// The stamp of the next record, [#UNSTAMPED] where it has none; empty where none is finished.
  public OptionalLong nextStamp() {
    if (position == writers()) {
      return OptionalLong.empty();
    }
    long at = position & mask;
    long word = (long) WORD.getAcquire(data, at);
    if (!isFinished(word, position)) {
      return OptionalLong.empty();
    }
    boolean stamped = ((int) word & STAMPED) != 0;
    return OptionalLong.of(stamped ? (long) WORD.get(data, at + WORD_BYTES) : UNSTAMPED);
  }

  /// Whether records carry the time from now on. Any thread may call this.
  public void stamp(boolean on) {
    BYTE.setVolatile(header, (long) STAMPING_OFFSET, (byte) (on ? 1 : 0));
  }

  /// Whether a record has been claimed that is next and not finished.
  public boolean isBlocked() {
    return position < writers()
        && !isFinished((long) WORD.getAcquire(data, position & mask), position);
  }

  /// Passes over an unfinished record which has held up others for too long: its writer was killed.
  /// To be called now and then while [#isBlocked].
  ///
  /// As long as nothing has been claimed behind it nothing is held up, and the whole process may
  /// just be stopped: then nothing is skipped, unless the ring is nearly full.
  ///
  /// @param nowNanos any clock that goes forward
  /// @return whether something was skipped; what follows can be drained
  public boolean skipAbandoned(long nowNanos) {
    if (!isBlocked()) {
      return false;
    }
    if (stuckAt != position) {
      stuckAt = position;
      stuckSinceNanos = nowNanos;
      writersThen = writers();
      return false;
    }
    boolean holdsUp = writers() > writersThen || pendingBytes() > (mask + 1) / 4 * 3;
    if (nowNanos - stuckSinceNanos < abandonedAfterNanos || !holdsUp) {
      return false;
    }
    skip();
    return true;
  }

  /// The same at once: for when no writer is left.
  ///
  /// @return whether something was skipped
  public boolean skipAbandoned() {
    boolean skips = isBlocked();
    if (skips) {
      skip();
    }
    return skips;
  }

  private void skip() {
    long end = writers();
    long next = position + WORD_BYTES;
    while (next < end && !isRecord(next, end)) {
      next += WORD_BYTES;
    }
    position = next;
    abandoned++;
    publish();
  }

  private boolean isRecord(long at, long end) {
    long word = (long) WORD.getAcquire(data, at & mask);
    return isFinished(word, at)
        && at + headBytes(((int) word & STAMPED) != 0) + ((int) word & LENGTH_MASK) <= end;
  }

  /// How often something was skipped: at least as many records were lost.
  public long abandoned() {
    return abandoned;
  }

  /// Somebody reads; and what was readable need not be any more.
  public void beat() {
    WORD.getAndAdd(header, (long) HEARTBEAT_OFFSET, 1L);
    WORD.getAndAdd(header, (long) GENERATION_OFFSET, 1L);
  }

  /// How many bytes wait to be read, finished or not.
  public long pendingBytes() {
    return writers() - position;
  }

  /// How many bytes the ring holds.
  public long sizeBytes() {
    return mask + 1;
  }

  private long writers() {
    return (long) WORD.getAcquire(header, (long) WRITERS_OFFSET);
  }

  private void publish() {
    WORD.setRelease(header, (long) READER_OFFSET, position);
  }

  private static int headBytes(boolean stamped) {
    return stamped ? 2 * WORD_BYTES : WORD_BYTES;
  }

  private static boolean isFinished(long word, long position) {
    int tag = (int) (position >> 3) * TAG_FACTOR;
    return (int) word < 0 && (int) (word >>> 32) == tag;
  }
}
