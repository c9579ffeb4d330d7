package pytap.runtime;

/// Reads and writes UTF-8 (RFC 3629).
final class Utf8 {
  private Utf8() {}

  /// How many bytes the well-formed character at `at` has; 1 for a byte that begins none.
  static int lengthAt(ByteString text, int at) {
    int first = text.byteAt(at);
    int length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (length == 1 || first >= 0xf8 || at + length > text.length()) {
      return 1;
    }
    for (int i = 1; i < length; i++) {
      if ((text.byteAt(at + i) & 0xc0) != 0x80) {
        return 1;
      }
    }
    int character = characterAt(text, at, length);
    boolean shortest = character >= (length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000);
    return shortest ? length : 1;
  }

  /// The character in the `length` bytes at `at`.
  static int characterAt(ByteString text, int at, int length) {
    int character = text.byteAt(at) & (0xff >> (length + 1));
    for (int i = 1; i < length; i++) {
      character = character << 6 | text.byteAt(at + i) & 0x3f;
    }
    return character;
  }

  /// How many bytes `character` takes, which is a code point.
  static int lengthOf(int character) {
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  }

  static void append(int character, OutputBuffer out) {
    int length = lengthOf(character);
    if (length == 1) {
      out.octet(character);
      return;
    }
    out.octet(0xff00 >> length & 0xff | character >> 6 * (length - 1));
    for (int i = length - 2; i >= 0; i--) {
      out.octet(0x80 | character >> 6 * i & 0x3f);
    }
  }
}
