package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.LongStream;
import pytap.linux.Registers.Field;

/// Where the stopped threads of a process stand, and where they may come back to: into code that
/// called what they are in, or that a signal interrupted whose handler they are in.
final class Standing {
  /// A signal's frame lies above what its handler has used of the stack; the processor's state that
  /// it holds takes up to 11 KiB.
  private static final int STACK_BYTES = 16 << 10;

  /// The program counters and the upper part of every stack, sorted.
  private final long[] addresses;

  private Standing(long[] addresses) {
    this.addresses = addresses;
  }

  static Standing of(AllStop stop, Memory memory) {
    LongStream all =
        stop.threads().stream()
            .flatMapToLong(thread ->
                LongStream.concat(
                    LongStream.of(thread.registers().get(Field.RIP)),
                    stack(memory.at(thread.registers().get(Field.RSP) & -8, STACK_BYTES))));
    return new Standing(all.filter(address -> address > 0).sorted().toArray());
  }

  private static LongStream stack(byte[] bytes) {
    long[] words = new long[bytes.length / 8];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(words);
    return Arrays.stream(words);
  }

  /// Whether any thread is or may come back into the range. A word on a stack that only looks like
  /// an address makes the answer true as well.
  boolean isIn(long start, long end) {
    int at = Arrays.binarySearch(addresses, start);
    int first = at >= 0 ? at : -at - 1;
    return first < addresses.length && addresses[first] < end;
  }
}
