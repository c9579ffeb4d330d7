package pytap.runtime;

/// What is left of the string that `tokenize` takes apart.
final class Tokens {
  private ByteString text = ByteString.EMPTY;
  private int next;

  void start(ByteString input) {
    text = input;
    next = 0;
  }

  /// The next token that is not empty, or "" where none is left; each byte of `delimiters` ends a
  /// token.
  ByteString next(ByteString delimiters) {
    while (next < text.length() && isDelimiter(text.byteAt(next), delimiters)) {
      next++;
    }
    int start = next;
    while (next < text.length() && !isDelimiter(text.byteAt(next), delimiters)) {
      next++;
    }
    return text.slice(start, next);
  }

  private static boolean isDelimiter(int octet, ByteString delimiters) {
    for (int i = 0; i < delimiters.length(); i++) {
      if (delimiters.byteAt(i) == octet) {
        return true;
      }
    }
    return false;
  }
}
