package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import pytap.gen.DataPage;
import pytap.gen.InProcessImage;
import pytap.gen.RegionLayout;
import pytap.gen.SharedHeader;
import pytap.gen.x86.ControlPage;
import pytap.probe.Callback;
import pytap.source.TracerException;

/// The beginning and the end of a [InProcessImage.Link.Monitored] in a target, while all threads
/// are stopped. The resident code stays, since the target may call it as long as it lives, and so
/// may be there already.
final class Residence {
  /// More interpreters, or threads of one, than anybody has.
  private static final int MOST = 100_000;

  private Residence() {}

  /// @throws TracerException where other code is there, which may be called
  static void require(Memory memory, RegionLayout region, InProcessImage.Link.Monitored link)
      throws TracerException {
    byte[] wanted = link.resident().toArray();
    byte[] there = memory.read(region.resident(), wanted.length);
    if (!Arrays.equals(there, wanted) && !Arrays.equals(there, new byte[wanted.length])) {
      throw Refusals.refuse(
          memory.pid(),
          "another version of pytap, or pytap for another Python in it, has left code there that it"
              + " may still call");
    }
  }

  static void begin(Memory memory, RegionLayout region, InProcessImage.Link.Monitored link)
      throws TracerException {
    memory.write(region.resident(), link.resident().toArray());
    memory.write(region.data() + DataPage.SHARED, word(region.shared()));
    memory.write(region.data() + DataPage.SETTLED, word(0));
    memory.write(region.data() + DataPage.REGISTERED, new byte[DataPage.INTERPRETERS * Long.BYTES]);
    memory.write(link.word(), word(link.function()));
    nudge(memory, link.nudge());
  }

  /// The function finds at its next call that nothing listens, and takes itself back. No child that
  /// is forked meanwhile listens either.
  static void end(Memory memory, RegionLayout region, long word) throws TracerException {
    memory.write(region.shared() + SharedHeader.FOLLOW_OFFSET, new byte[1]);
    memory.write(word, word(0));
    memory.write(region.control() + ControlPage.ENABLED_OFFSET, new byte[1]);
  }

  private static void nudge(Memory memory, Callback.Nudge nudge) throws TracerException {
    long interpreter = word(memory, nudge.interpreters());
    for (int i = 0; interpreter != 0 && i < MOST; i++) {
      if (nudge.threads().isEmpty()) {
        set(memory, interpreter, nudge.bits());
      } else {
        long thread = word(memory, interpreter + nudge.threads().getAsInt());
        for (int j = 0; thread != 0 && j < MOST; j++) {
          set(memory, thread, nudge.bits());
          thread = word(memory, thread + nudge.nextThread());
        }
      }
      interpreter = word(memory, interpreter + nudge.next());
    }
  }

  private static void set(Memory memory, long owner, Map<Integer, Integer> bits)
      throws TracerException {
    for (Map.Entry<Integer, Integer> bit : bits.entrySet()) {
      byte[] there = memory.read(owner + bit.getKey(), 1);
      memory.write(owner + bit.getKey(), new byte[] {(byte) (there[0] | bit.getValue())});
    }
  }

  private static long word(Memory memory, long address) throws TracerException {
    return ByteBuffer.wrap(memory.read(address, Long.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  private static byte[] word(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }
}
