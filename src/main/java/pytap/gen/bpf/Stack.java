package pytap.gen.bpf;

/// Hands out 8-byte aligned places in a program's 512-byte stack, as negative offsets from R10.
final class Stack {
  private static final int LIMIT_BYTES = 512;
  private int usedBytes;

  /// @param reservedBytes the first so many bytes are somebody else's
  Stack(int reservedBytes) {
    usedBytes = reservedBytes;
  }

  /// A new place of `bytes`, rounded up to 8.
  int allocate(int bytes) {
    usedBytes += (bytes + 7) & ~7;
    if (usedBytes > LIMIT_BYTES) {
      throw new IllegalStateException("a site program needs more than 512 bytes of stack");
    }
    return -usedBytes;
  }

  /// Where the places handed out so far end, for [#release].
  int mark() {
    return usedBytes;
  }

  /// Takes back every place handed out since `mark`.
  void release(int mark) {
    usedBytes = mark;
  }
}
