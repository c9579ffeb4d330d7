package pytap.runtime;

/// The library functions on strings and numbers.
public final class TextFunctions {
  private TextFunctions() {}

  public static long strlen(ByteString text) {
    return text.length();
  }

  /// The at most `length` bytes from `start`; "" where `start` is outside or `length` negative.
  public static ByteString substr(ByteString text, long start, long length) {
    if (start < 0 || start >= text.length() || length <= 0) {
      return ByteString.EMPTY;
    }
    long end = length > text.length() - start ? text.length() : start + length;
    return text.slice((int) start, (int) end);
  }

  public static long stringat(ByteString text, long position, Site site) {
    if (position < 0 || position >= text.length()) {
      throw ScriptError.at(site, "Position out of bounds");
    }
    return text.byteAt((int) position);
  }

  public static long isinstr(ByteString text, ByteString wanted) {
    return text.indexOf(wanted, 0) >= 0 ? 1 : 0;
  }

  public static long strpos(ByteString text, ByteString wanted) {
    return text.indexOf(wanted, 0);
  }

  /// Whether the first character is a digit.
  public static long isdigit(ByteString text) {
    return text.length() > 0 && text.byteAt(0) >= '0' && text.byteAt(0) <= '9' ? 1 : 0;
  }

  /// As the kernel's `simple_strtol`: one `-`, no `+` and no spaces; base 0 takes 0x and 0
  /// prefixes; digits up to `f`; stops at the first other byte and wraps.
  public static long strtol(ByteString text, long base) {
    boolean negative = text.length() > 0 && text.byteAt(0) == '-';
    int at = negative ? 1 : 0;
    boolean hex =
        at + 2 < text.length()
            && text.byteAt(at) == '0'
            && (text.byteAt(at + 1) | 0x20) == 'x'
            && digit(text.byteAt(at + 2)) < 16;
    boolean octal = at < text.length() && text.byteAt(at) == '0';
    long radix = base != 0 ? base : hex ? 16 : octal ? 8 : 10;
    if (radix == 16 && hex) {
      at += 2;
    }
    long value = 0;
    while (at < text.length() && digit(text.byteAt(at)) < radix) {
      value = value * radix + digit(text.byteAt(at++));
    }
    return negative ? -value : value;
  }

  private static int digit(int octet) {
    if (octet >= '0' && octet <= '9') {
      return octet - '0';
    }
    int lower = octet | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : Integer.MAX_VALUE;
  }

  /// Every `searched` in `text` replaced, from left to right.
  public static ByteString strReplace(
      ByteString text, ByteString searched, ByteString replacement, Machine machine) {
    if (searched.length() == 0) {
      return text;
    }
    OutputBuffer result = machine.scratch();
    int done = 0;
    for (int at = text.indexOf(searched, 0); at >= 0; at = text.indexOf(searched, done)) {
      result.text(text.slice(done, at));
      result.text(replacement);
      done = at + searched.length();
    }
    result.text(text.slice(done, text.length()));
    return machine.scratchText();
  }

  public static ByteString tokenize(ByteString input, ByteString delimiters, Machine machine) {
    if (input.length() > 0) {
      machine.tokens.start(input);
    }
    return machine.tokens.next(delimiters);
  }

  public static ByteString tokenize(ByteString delimiters, Machine machine) {
    return machine.tokens.next(delimiters);
  }
}
