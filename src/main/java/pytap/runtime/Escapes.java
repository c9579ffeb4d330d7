package pytap.runtime;

/// C escapes for bytes that are not printable ASCII: `\n` and its like, else three octal digits.
final class Escapes {
  private Escapes() {}

  /// How many bytes `octet` takes when written; `quote` is escaped like the backslash.
  static int lengthOf(int octet, int quote) {
    if (isPlain(octet, quote)) {
      return 1;
    }
    return letterOf(octet, quote) != 0 ? 2 : 4;
  }

  /// Writes `octet`.
  static void append(int octet, int quote, OutputBuffer out) {
    if (isPlain(octet, quote)) {
      out.octet(octet);
      return;
    }
    out.octet('\\');
    int letter = letterOf(octet, quote);
    if (letter != 0) {
      out.octet(letter);
      return;
    }
    out.octet('0' + (octet >> 6));
    out.octet('0' + ((octet >> 3) & 7));
    out.octet('0' + (octet & 7));
  }

  /// Writes `text` as it would stand between double quotes.
  static void append(ByteString text, OutputBuffer out) {
    for (int i = 0; i < text.length(); i++) {
      append(text.byteAt(i), '"', out);
    }
  }

  private static boolean isPlain(int octet, int quote) {
    return octet >= ' ' && octet <= '~' && octet != quote && octet != '\\';
  }

  private static int letterOf(int octet, int quote) {
    return switch (octet) {
      case 7 -> 'a';
      case '\b' -> 'b';
      case '\f' -> 'f';
      case '\n' -> 'n';
      case '\r' -> 'r';
      case '\t' -> 't';
      case 11 -> 'v';
      case '\\' -> '\\';
      default -> octet == quote ? quote : 0;
    };
  }
}
