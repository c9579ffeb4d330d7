package pytap.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import pytap.source.TracerException;

/// The reading end of a BPF ring buffer: many writers in the kernel, this one reader, one order.
///
/// Layout and protocol: Linux 6.6 kernel/bpf/ringbuf.c. The reader's position stands in a page of
/// its own; the writers' position in another, followed by the data, mapped twice in a row so that a
/// record that wraps around is still in one piece. A record begins with 8 bytes: its size, the bits
/// "busy" (still being written) and "discarded", and what only the kernel uses.
public final class RingBuffer implements AutoCloseable {
  private static final int HEADER_BYTES = 8;
  private static final int BUSY = 1 << 31;
  private static final int DISCARDED = 1 << 30;

  private static final VarHandle POSITION = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle HEADER = ValueLayout.JAVA_INT.varHandle();

  private final Mapping reader;
  private final Mapping writers;
  private final MemorySegment readerPosition;
  private final MemorySegment ring;
  private final long mask;
  private final long publishEveryBytes;
  private long position;

  private RingBuffer(Mapping reader, Mapping writers, long sizeBytes) {
    this.reader = reader;
    this.writers = writers;
    this.readerPosition = reader.segment();
    this.ring = writers.segment();
    this.mask = sizeBytes - 1;
    this.publishEveryBytes = sizeBytes / 16;
    this.position = (long) POSITION.getVolatile(readerPosition, 0L);
  }

  /// Maps `map`, which must be a ring buffer.
  public static RingBuffer open(Kernel kernel, BpfMap map) throws TracerException {
    long sizeBytes = map.spec().entries();
    String what = "the ring buffer " + map.spec().name();
    Mapping reader = Mapping.readWrite(kernel, what, map.fd(), 0, Mapping.PAGE_BYTES);
    try {
      Mapping writers =
          Mapping.readOnly(
              kernel, what, map.fd(), Mapping.PAGE_BYTES, Mapping.PAGE_BYTES + 2 * sizeBytes);
      return new RingBuffer(reader, writers, sizeBytes);
    } catch (TracerException failure) {
      reader.close();
      throw failure;
    }
  }

  /// Gives `handler` every record that was complete when this call began, oldest first, and frees
  /// their space. Stops before a record that is still being written.
  ///
  /// @return how many records the handler got
  public int drain(RecordHandler handler) {
    long end = (long) POSITION.getAcquire(ring, 0L);
    long published = position;
    int records = 0;
    while (position < end) {
      long at = Mapping.PAGE_BYTES + (position & mask);
      int header = (int) HEADER.getAcquire(ring, at);
      if ((header & BUSY) != 0) {
        break;
      }
      int sizeBytes = header & ~DISCARDED;
      if ((header & DISCARDED) == 0) {
        handler.record(ring, at + HEADER_BYTES, sizeBytes);
        records++;
      }
      position += (sizeBytes + HEADER_BYTES + 7) & -8;
      if (position - published >= publishEveryBytes) {
        publish();
        published = position;
      }
    }
    if (position != published) {
      publish();
    }
    return records;
  }

  /// How many bytes wait to be read, complete or not.
  public long pendingBytes() {
    return (long) POSITION.getAcquire(ring, 0L) - position;
  }

  /// How many bytes the ring holds.
  public long sizeBytes() {
    return mask + 1;
  }

  private void publish() {
    POSITION.setRelease(readerPosition, 0L, position);
  }

  @Override
  public void close() {
    writers.close();
    reader.close();
  }
}
