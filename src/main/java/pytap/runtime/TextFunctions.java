package pytap.runtime;

/// The library functions on strings and numbers.
public final class TextFunctions {
  private static final String DAYS = "SunMonTueWedThuFriSat";
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

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
      throw ScriptError.at(
          site, "string index " + position + " out of bounds (length " + text.length() + ")");
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

  /// `text` with escapes for what is not printable, as in C; UTF-8 as its character number.
  public static ByteString textStr(ByteString text, Machine machine) {
    OutputBuffer result = machine.scratch();
    escape(text, machine.textBytes, result);
    return machine.scratchText();
  }

  /// The same in double quotes, `...` behind them where it had to be cut.
  public static ByteString stringQuoted(ByteString text, Machine machine) {
    OutputBuffer result = machine.scratch();
    result.octet('"');
    if (escape(text, machine.textBytes - 1, result)) {
      result.octet('"');
      return machine.scratchText();
    }
    result.clear();
    result.octet('"');
    escape(text, machine.textBytes - 4, result);
    result.octet('"');
    result.fill('.', 3);
    return machine.scratchText();
  }

  /// Escapes until the result has `limit` bytes; whether all of `text` found room.
  private static boolean escape(ByteString text, int limit, OutputBuffer result) {
    int at = 0;
    while (at < text.length()) {
      int length = Utf8.lengthAt(text, at);
      int character = length > 1 ? Utf8.characterAt(text, at, length) : text.byteAt(at);
      int needed = length == 1 ? Escapes.lengthOf(character, '"') : character > 0xffff ? 10 : 6;
      if (result.size() + needed > limit) {
        return false;
      }
      if (length == 1) {
        Escapes.append(character, '"', result);
      } else {
        result.octet('\\');
        result.octet(character > 0xffff ? 'U' : 'u');
        int digits = needed - 2;
        Printf.number(character, Printf.HEX_UPPER, Printf.FLAG_ZERO, digits, digits, result);
      }
      at += length;
    }
    return true;
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

  /// `Fri Nov 20 18:34:15 2026`, in UTC.
  public static ByteString ctime(long epochSeconds, Machine machine) {
    long days = Math.floorDiv(epochSeconds, 86_400L);
    int second = (int) Math.floorMod(epochSeconds, 86_400L);
    int weekday = (int) Math.floorMod(days + 4, 7L); // 1970-01-01 was a Thursday
    // Civil date from a day number, with years that begin in March: the day within a 400-year era
    // (146097 days), the year within the era, the day within that year.
    long shifted = days + 719_468;
    long era = Math.floorDiv(shifted, 146_097L);
    long dayOfEra = shifted - era * 146_097;
    long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int month = (int) ((5 * dayOfYear + 2) / 153); // 0 is March
    long day = dayOfYear - (153L * month + 2) / 5 + 1;
    int calendarMonth = month < 10 ? month + 2 : month - 10;
    long year = yearOfEra + era * 400 + (calendarMonth <= 1 ? 1 : 0);
    OutputBuffer out = machine.scratch();
    out.text(ByteString.ofLatin1(DAYS.substring(3 * weekday, 3 * weekday + 3)));
    out.octet(' ');
    out.text(ByteString.ofLatin1(MONTHS.substring(3 * calendarMonth, 3 * calendarMonth + 3)));
    Printf.number(day, Printf.SIGNED, Printf.FLAG_NONE, 3, Printf.ABSENT, out);
    two(' ', second / 3600, out);
    two(':', second / 60 % 60, out);
    two(':', second % 60, out);
    out.octet(' ');
    out.decimal(year);
    return machine.scratchText();
  }

  private static void two(int before, int value, OutputBuffer out) {
    out.octet(before);
    out.octet('0' + value / 10);
    out.octet('0' + value % 10);
  }
}
