package pytap.inject;

import java.util.Arrays;
import java.util.List;
import pytap.linux.Registers;
import pytap.linux.Registers.Field;

/// Where the stopped threads of a process stand, and where they may come back to: into code that
/// called what they are in, or that a signal interrupted whose handler they are in.
final class Standing {
  /// A signal's frame lies above what its handler has used of the stack; the processor's state that
  /// it holds takes up to 11 KiB.
  private static final int STACK_BYTES = 16 << 10;

  private static final int STACK_WORDS = STACK_BYTES / 8;
  private static final int PIECE_WORDS = 32;

  /// The program counters and the upper part of every stack; no part of a piece is missing.
  private final long[] addresses;

  private Standing(long[] addresses) {
    this.addresses = addresses;
  }

  static Standing of(AllStop stop, Memory memory) {
    List<AllStop.Held> threads = stop.threads();
    long[] stacks = new long[threads.size()];
    int counters = threads.size() + PIECE_WORDS - 1 & -PIECE_WORDS;
    long[] all = new long[threads.size() * STACK_WORDS + counters];
    for (int i = 0; i < stacks.length; i++) {
      Registers registers = threads.get(i).registers();
      stacks[i] = registers.get(Field.RSP) & -8;
      all[stacks.length * STACK_WORDS + i] = registers.get(Field.RIP);
    }
    memory.memory().read(stacks, STACK_WORDS, all);
    return new Standing(all);
  }

  /// Only what lies in or near the range, for asking many times.
  Standing near(long start, long end) {
    long[] near = new long[0];
    for (int at = 0; at < addresses.length; at += PIECE_WORDS) {
      if (isInPiece(at, start, end)) {
        near = Arrays.copyOf(near, near.length + PIECE_WORDS);
        System.arraycopy(addresses, at, near, near.length - PIECE_WORDS, PIECE_WORDS);
      }
    }
    return new Standing(near);
  }

  /// Whether any thread is or may come back into the range. A word on a stack that only looks like
  /// an address makes the answer true as well.
  boolean isIn(long start, long end) {
    for (int at = 0; at < addresses.length; at += PIECE_WORDS) {
      if (isInPiece(at, start, end)) {
        return true;
      }
    }
    return false;
  }

  /// A method that is called often, and so is compiled when it matters: all threads of the target
  /// wait for the answer.
  private boolean isInPiece(int at, long start, long end) {
    for (int i = at; i < at + PIECE_WORDS; i++) {
      if (addresses[i] >= start && addresses[i] < end) {
        return true;
      }
    }
    return false;
  }
}
