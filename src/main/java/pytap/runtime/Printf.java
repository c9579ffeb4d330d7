package pytap.runtime;

/// `printf` directives that are more than plain `%d` or `%s`, printed as SystemTap 4.8 prints them:
/// the kernel's number formatting (a precision does not undo the `0` flag, `%.0d` of 0 is `0`, `#`
/// always writes its prefix), C's for the rest.
public final class Printf {
  /// No width or precision.
  public static final int ABSENT = -1;

  public static final int FLAG_NONE = 0;
  public static final int FLAG_LEFT = 1;
  public static final int FLAG_ZERO = 2;
  public static final int FLAG_PLUS = 3;
  public static final int FLAG_SPACE = 4;
  public static final int FLAG_ALTERNATE = 5;

  public static final int SIGNED = 0;
  public static final int UNSIGNED = 1;
  public static final int HEX_LOWER = 2;
  public static final int HEX_UPPER = 3;
  public static final int OCTAL = 4;

  /// Hexadecimal behind `0x`.
  public static final int POINTER = 5;

  /// Fields are never wider (STP_BUFFER_SIZE of SystemTap 4.8).
  private static final int MAX_FIELD = 8192;

  private Printf() {}

  /// A `*` width: a negative one asks for padding on the right, which [#flag] tells.
  public static int width(long value) {
    return (int) Math.min(Math.abs((long) (int) value), MAX_FIELD);
  }

  /// The flag that counts beside a `*` width of `value`.
  public static int flag(int flag, long value) {
    return (int) value < 0 ? FLAG_LEFT : flag;
  }

  /// A `*` precision.
  public static int precision(long value) {
    int asked = (int) value; // as C passes it
    return Math.max(0, Math.min(asked, MAX_FIELD));
  }

  /// `%d %i %u %x %X %o %p`.
  ///
  /// @param conversion SIGNED to POINTER
  public static void number(
      long value, int conversion, int flag, int width, int precision, OutputBuffer out) {
    byte[] digits = new byte[24];
    int start = digits(value, conversion, digits);
    int count = digits.length - start;
    int sign = conversion == SIGNED ? sign(value, flag) : 0;
    int prefix = flag == FLAG_ALTERNATE || conversion == POINTER ? prefixLength(conversion) : 0;
    int zeros = Math.max(0, Math.min(precision, MAX_FIELD) - count);
    int padding = Math.min(width, MAX_FIELD) - count - zeros - prefix - (sign != 0 ? 1 : 0);
    if (flag != FLAG_LEFT && flag != FLAG_ZERO) {
      out.fill(' ', padding);
    }
    if (sign != 0) {
      out.octet(sign);
    }
    if (prefix > 0) {
      out.octet('0');
    }
    if (prefix > 1) {
      out.octet(conversion == HEX_UPPER ? 'X' : 'x');
    }
    out.fill('0', flag == FLAG_ZERO ? Math.max(0, padding) + zeros : zeros);
    out.text(ByteString.of(digits, start, count));
    if (flag == FLAG_LEFT) {
      out.fill(' ', padding);
    }
  }

  private static int sign(long value, int flag) {
    if (value < 0) {
      return '-';
    }
    return flag == FLAG_PLUS ? '+' : flag == FLAG_SPACE ? ' ' : 0;
  }

  private static int prefixLength(int conversion) {
    return switch (conversion) {
      case HEX_LOWER, HEX_UPPER, POINTER -> 2;
      case OCTAL -> 1;
      default -> 0;
    };
  }

  /// Writes the magnitude at the end of `digits` and gives where it starts.
  private static int digits(long value, int conversion, byte[] digits) {
    int base =
        switch (conversion) {
          case HEX_LOWER, HEX_UPPER, POINTER -> 16;
          case OCTAL -> 8;
          default -> 10;
        };
    long rest = conversion == SIGNED && value < 0 ? -value : value;
    int at = digits.length;
    do {
      long quotient = Long.divideUnsigned(rest, base);
      digits[--at] =
          (byte) OutputBuffer.hexDigit((int) (rest - quotient * base), conversion == HEX_UPPER);
      rest = quotient;
    } while (rest != 0);
    return at;
  }

  /// `%s`. The `0` flag writes a NUL behind the field, as SystemTap does; the alternate form
  /// escapes what is not printable, and double quotes.
  public static void text(ByteString text, int flag, int width, int precision, OutputBuffer out) {
    if (flag == FLAG_ALTERNATE) {
      OutputBuffer escaped = new OutputBuffer(2 * text.length() + 2);
      Escapes.append(text, escaped);
      text(escaped.toText(Integer.MAX_VALUE), FLAG_NONE, width, precision, out);
      return;
    }
    int length = precision == ABSENT ? text.length() : Math.min(precision, text.length());
    int padding = Math.min(width, MAX_FIELD) - length;
    if (flag != FLAG_LEFT) {
      out.fill(' ', padding);
    }
    out.part(text, length);
    if (flag == FLAG_LEFT) {
      out.fill(' ', padding);
    }
    if (flag == FLAG_ZERO) {
      out.octet(0);
    }
  }

  /// `%c`; the alternate form escapes what is not printable.
  public static void character(long value, int flag, int width, OutputBuffer out) {
    int octet = (int) value & 0xff;
    int escaped = flag == FLAG_ALTERNATE ? Escapes.lengthOf(octet, '\'') : 1;
    int padding = Math.min(width, MAX_FIELD) - escaped;
    if (flag != FLAG_LEFT) {
      out.fill(' ', padding);
    }
    if (escaped == 1) {
      out.octet(octet);
    } else {
      Escapes.append(octet, '\'', out);
    }
    if (flag == FLAG_LEFT) {
      out.fill(' ', padding);
    }
  }

  /// `%b`: the value's low bytes, lowest first. The precision says how many, 1, 2, 4 or 8; without
  /// it the width does, else 8. A wider field is filled with NULs.
  public static void binary(long value, int flag, int width, int precision, OutputBuffer out) {
    int count = binaryCount(precision) > 0 ? binaryCount(precision) : binaryCount(width);
    if (count == 0) {
      count = 8;
    }
    int padding = Math.min(width, MAX_FIELD) - count;
    if (flag != FLAG_LEFT) {
      out.fill(0, padding);
    }
    for (int i = 0; i < count; i++) {
      out.octet((int) (value >>> (8 * i)));
    }
    if (flag == FLAG_LEFT) {
      out.fill(0, padding);
    }
  }

  private static int binaryCount(int asked) {
    return asked == 1 || asked == 2 || asked == 4 || asked == 8 ? asked : 0;
  }

  /// `%m` and `%M`: `precision` bytes (1 by default) of the target's memory at `address`, as they
  /// are or in hexadecimal.
  public static void memory(
      long address,
      boolean hex,
      int flag,
      int width,
      int precision,
      OutputBuffer out,
      Machine machine,
      Site site) {
    int count = Math.clamp(precision, 1, MAX_FIELD);
    byte[] bytes = machine.reader.bytes(address, count, site);
    int padding = Math.min(width, MAX_FIELD) - (hex ? 2 * count : count);
    if (flag != FLAG_LEFT) {
      out.fill(' ', padding);
    }
    for (byte octet : bytes) {
      if (hex) {
        out.octet(OutputBuffer.hexDigit((octet >> 4) & 15, false));
        out.octet(OutputBuffer.hexDigit(octet & 15, false));
      } else {
        out.octet(octet);
      }
    }
    if (flag == FLAG_LEFT) {
      out.fill(' ', padding);
    }
  }
}
