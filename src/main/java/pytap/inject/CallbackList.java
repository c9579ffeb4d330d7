package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import pytap.gen.InProcessImage;
import pytap.source.TracerException;

/// A list of functions in a target, whose entries are `{next, function, last argument}`. Written to
/// while all threads are stopped; a word at a time, so that whoever is killed in between leaves a
/// list in order.
final class CallbackList {
  /// More entries than anybody has; a list in a circle is none of CPython's.
  private static final int MOST_ENTRIES = 1000;

  private CallbackList() {}

  /// The address of the word that is 0: the list's end.
  static long end(Memory memory, long head) throws TracerException {
    long at = head;
    for (int i = 0; i < MOST_ENTRIES; i++) {
      long next = word(memory, at);
      if (next == 0) {
        return at;
      }
      at = next;
    }
    throw Refusals.refuse(memory.pid(), "its list at 0x" + Long.toHexString(head) + " has no end");
  }

  static void add(Memory memory, InProcessImage.Link.Listed link) throws TracerException {
    long end = end(memory, link.head());
    memory.write(link.entry(), words(0, link.function(), 0));
    memory.write(end, words(link.entry()));
    if (end != link.head()) {
      memory.write(link.guard(), words(word(memory, link.head()), link.function(), 1));
      memory.write(link.head(), words(link.guard()));
    }
  }

  /// Takes `entries` out. Their own words stay: a thread may be about to go on from one of them.
  static void remove(Memory memory, long head, List<Long> entries) throws TracerException {
    long at = head;
    for (int i = 0; i < MOST_ENTRIES; i++) {
      long next = word(memory, at);
      if (next == 0) {
        return;
      }
      if (entries.contains(next)) {
        memory.write(at, words(word(memory, next)));
      } else {
        at = next;
      }
    }
  }

  private static long word(Memory memory, long address) throws TracerException {
    byte[] bytes = memory.read(address, Long.BYTES);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private static byte[] words(long... values) {
    byte[] bytes = new byte[values.length * Long.BYTES];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      out.putLong(value);
    }
    return bytes;
  }
}
