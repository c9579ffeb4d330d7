package pytap.session;

/// How large the rings are: the first is as large as was asked for, and each further one smaller,
/// so that many processes do not take many times the memory.
///
/// @param bufferBytes what was asked for, a power of two
record RingSizes(int bufferBytes) {
  private static final long LEAST_BYTES = 1 << 20;

  /// @param others how many rings there are already
  long next(int others) {
    return Math.max(
        Math.min(LEAST_BYTES, bufferBytes), bufferBytes / Integer.highestOneBit(others + 1));
  }

  /// For each of so many at once.
  long each(int rings) {
    return next(Integer.highestOneBit(Math.max(1, rings) * 2 - 1) - 1);
  }
}
