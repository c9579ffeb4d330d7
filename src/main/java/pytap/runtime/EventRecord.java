package pytap.runtime;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The record of the event whose handlers run now: a copy of it, and its texts once asked for.
public final class EventRecord {
  private static final int FAULTS_OFFSET = 4;
  private static final int MAX_TEXTS = 32;
  private static final int NO_SLOT = -1;

  private final TextCache cache;
  private byte[] bytes = new byte[4096];
  private ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  private MemorySegment segment = MemorySegment.ofArray(bytes);
  private int length;
  private int faults;

  // The text slots: where each slot and its bytes start; the texts read so far.
  private final int[] textSlots = new int[MAX_TEXTS];
  private final int[] textStarts = new int[MAX_TEXTS];
  private final ByteString[] texts = new ByteString[MAX_TEXTS];
  private int textsRead; // bit i: texts[i] is of this record
  private int textCount;
  private int stackSlot = NO_SLOT;
  private int placeOffset = NO_SLOT;
  private int nextText;

  EventRecord(int maxTextBytes) {
    cache = new TextCache(maxTextBytes);
  }

  /// Copies a record in.
  ///
  /// @param fixedBytes size of its fixed part, behind which its texts stand
  public void load(MemorySegment ring, long offset, int length, int fixedBytes) {
    if (length > bytes.length) {
      bytes = new byte[length];
      view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      segment = MemorySegment.ofArray(bytes);
    }
    MemorySegment.copy(ring, offset, segment, 0, length);
    this.length = length;
    faults = view.getInt(FAULTS_OFFSET);
    textsRead = 0;
    textCount = 0;
    stackSlot = NO_SLOT;
    placeOffset = NO_SLOT;
    nextText = fixedBytes;
  }

  /// Names the slot of the next text; slots come in their order in the record.
  public void textSlot(int offset) {
    int index = textCount++;
    textSlots[index] = offset;
    textStarts[index] = nextText;
    nextText += view.getInt(offset);
    if (nextText > length) {
      throw new IllegalStateException("a record's texts end at " + nextText + " of " + length);
    }
  }

  /// Says that the slot that was named last holds the user stack.
  public void stackSlot() {
    stackSlot = textCount - 1;
  }

  /// Says where the number of the place that was hit stands; negative where it does not.
  void holdPlace(int offset) {
    placeOffset = offset;
  }

  /// That number; negative where the record does not tell.
  long place() {
    return placeOffset < 0 ? NO_SLOT : view.getLong(placeOffset);
  }

  /// A copy of the user stack from the stack pointer upwards; empty where the record holds none.
  byte[] stack() {
    if (stackSlot == NO_SLOT) {
      return new byte[0];
    }
    int start = textStarts[stackSlot];
    return Arrays.copyOfRange(bytes, start, start + view.getInt(textSlots[stackSlot]));
  }

  /// Whether slot `bit` could not be read at the probe.
  public boolean faulted(int bit) {
    return (faults >>> bit & 1) != 0;
  }

  /// The 8 bytes at `offset`.
  public long word(int offset) {
    return view.getLong(offset);
  }

  /// The number in the slot at `offset`.
  ///
  /// @param bit the slot's
  public long number(int offset, int bit, Site site) {
    if (faulted(bit)) {
      throw ScriptError.at(site, "read fault");
    }
    return view.getLong(offset);
  }

  /// The integer in the slot at `offset`; 0 where it was unreadable.
  public long integer(int offset, int bit) {
    return faulted(bit) ? 0 : view.getLong(offset);
  }

  /// The text of text slot `index`, counted among the text slots.
  public ByteString text(int index) {
    if ((textsRead >>> index & 1) != 0) {
      return texts[index];
    }
    int start = textStarts[index];
    int slot = textSlots[index];
    ByteString text =
        cache.text(bytes, view, start, start + view.getInt(slot), view.getInt(slot + 4));
    texts[index] = text;
    textsRead |= 1 << index;
    return text;
  }

  /// The text in `length` bytes from `offset` on, up to its first NUL.
  ByteString fixedText(int offset, int length) {
    int end = offset;
    while (end < offset + length && bytes[end] != 0) {
      end++;
    }
    return cache.text(bytes, view, offset, end, TextDecoder.BYTES);
  }
}
