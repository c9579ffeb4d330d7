package pytap.unwind;

import java.util.OptionalLong;

/// A copy of a piece of a stack.
public final class StackMemory {
  private final long address;
  private final byte[] bytes;

  /// @param address of the first of `bytes`, which nobody writes to any more
  public StackMemory(long address, byte[] bytes) {
    this.address = address;
    this.bytes = bytes;
  }

  /// The 8 bytes at `at`; empty where the copy does not hold them.
  public OptionalLong word(long at) {
    long offset = at - address;
    if (offset < 0 || offset > bytes.length - Long.BYTES) {
      return OptionalLong.empty();
    }
    long word = 0;
    for (int i = Long.BYTES - 1; i >= 0; i--) {
      word = word << 8 | bytes[(int) offset + i] & 0xff;
    }
    return OptionalLong.of(word);
  }
}
