package pytap.stap;

/// C's escape sequences in string literals.
///
/// SystemTap hands a literal to the C compiler as it is, so the sequences are C's: three octal
/// digits at most, hexadecimal digits as many as follow, an unknown letter means itself, and a NUL
/// ends the string.
final class StringEscapes {
  private StringEscapes() {}

  /// The bytes that `raw`, the characters between the quotes, stands for.
  static String decode(String raw) {
    if (raw.indexOf('\\') < 0) {
      return raw;
    }
    StringBuilder out = new StringBuilder(raw.length());
    int at = 0;
    while (at < raw.length()) {
      char c = raw.charAt(at++);
      if (c != '\\' || at == raw.length()) {
        out.append(c);
        continue;
      }
      at = escape(raw, at, out);
    }
    int nul = out.indexOf("\0");
    return nul < 0 ? out.toString() : out.substring(0, nul);
  }

  /// Reads the sequence whose first character after the backslash is at `at`; returns the position
  /// behind it.
  private static int escape(String raw, int at, StringBuilder out) {
    char c = raw.charAt(at);
    switch (c) {
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 't' -> out.append('\t');
      case 'n' -> out.append('\n');
      case 'v' -> out.append('\u000b');
      case 'f' -> out.append('\f');
      case 'r' -> out.append('\r');
      case 'e' -> out.append('\u001b');
      case '\n' -> {} // a line that goes on
      case 'x' -> {
        return hexadecimal(raw, at + 1, out);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        return octal(raw, at, out);
      }
      default -> out.append(c);
    }
    return at + 1;
  }

  private static int hexadecimal(String raw, int start, StringBuilder out) {
    int value = 0;
    int at = start;
    while (at < raw.length() && Characters.hexDigit(raw.charAt(at)) >= 0) {
      value = value << 4 | Characters.hexDigit(raw.charAt(at));
      at++;
    }
    out.append(at == start ? 'x' : (char) (value & 0xff));
    return at;
  }

  private static int octal(String raw, int start, StringBuilder out) {
    int value = 0;
    int at = start;
    while (at < raw.length() && at < start + 3 && raw.charAt(at) >= '0' && raw.charAt(at) <= '7') {
      value = value << 3 | raw.charAt(at) - '0';
      at++;
    }
    out.append((char) (value & 0xff));
    return at;
  }
}
