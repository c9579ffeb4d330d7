package pytap.runtime;

/// The library functions on floating-point numbers, which a script holds as the 64 bits of an IEEE
/// 754 double.
public final class FloatingPoint {
  private static final double SWITCH_TO_EXPONENT = 1e18;

  private FloatingPoint() {}

  private static double of(long bits) {
    return Double.longBitsToDouble(bits);
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  public static long fp32ToFp64(long bits) {
    return bits(Float.intBitsToFloat((int) bits));
  }

  public static long longToFp(long value) {
    return bits((double) value);
  }

  public static long fpAdd(long left, long right) {
    return bits(of(left) + of(right));
  }

  public static long fpSub(long left, long right) {
    return bits(of(left) - of(right));
  }

  public static long fpMul(long left, long right) {
    return bits(of(left) * of(right));
  }

  public static long fpDiv(long left, long right) {
    return bits(of(left) / of(right));
  }

  /// The IEEE remainder: of the quotient rounded to the nearest integer.
  public static long fpRem(long left, long right) {
    return bits(Math.IEEEremainder(of(left), of(right)));
  }

  public static long fpSqrt(long value) {
    return bits(Math.sqrt(of(value)));
  }

  public static long fpEq(long left, long right) {
    return of(left) == of(right) ? 1 : 0;
  }

  public static long fpLe(long left, long right) {
    return of(left) <= of(right) ? 1 : 0;
  }

  public static long fpLt(long left, long right) {
    return of(left) < of(right) ? 1 : 0;
  }

  /// @param rounding 0 to the nearest, ties to even; 1 towards zero; 2 down; 3 up; 4 to the
  ///   nearest, ties away from zero
  /// @param exact changes nothing but flags that nobody sees
  public static long fpToLong(long bits, long rounding, long exact) {
    double value = of(bits);
    double rounded =
        switch ((int) rounding) {
          case 0 -> Math.rint(value);
          case 2 -> Math.floor(value);
          case 3 -> Math.ceil(value);
          case 4 -> Math.copySign(Math.floor(Math.abs(value) + 0.5), value);
          default -> value < 0 ? Math.ceil(value) : Math.floor(value);
        };
    return Double.isNaN(rounded) ? Long.MAX_VALUE : (long) rounded;
  }

  /// Digits of the number, `precision` of them behind the point, the last one rounded by its
  /// follower alone (so that 1.99 with one digit is 1.10, as SystemTap prints it).
  public static ByteString fpToString(long bits, long precision, Machine machine) {
    double value = of(bits);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return ByteString.ofLatin1(Double.toString(value));
    }
    OutputBuffer out = machine.scratch();
    if (bits < 0) {
      out.octet('-');
    }
    double left = Math.abs(value);
    int exponent = 0;
    while (left >= SWITCH_TO_EXPONENT) {
      left /= 10;
      exponent++;
    }
    out.decimal((long) left);
    left -= (long) left;
    if (precision > 0) {
      fraction(left, (int) Math.min(precision, machine.textBytes), out);
    }
    if (exponent != 0) {
      out.octet('e');
      out.decimal(exponent);
    }
    return machine.scratchText();
  }

  private static void fraction(double fraction, int digits, OutputBuffer out) {
    out.octet('.');
    double left = fraction;
    for (int i = 0; i < digits; i++) {
      left *= 10;
      long digit = (long) left;
      left -= digit;
      boolean last = i == digits - 1;
      out.decimal(last && (long) (left * 10) >= 5 ? digit + 1 : digit);
    }
  }

  /// Reads `-12.5e-3`; a run-time error where something else stands there.
  public static long stringToFp(ByteString text, Site site) {
    int length = text.length();
    int at = length > 0 && (text.byteAt(0) == '-' || text.byteAt(0) == '+') ? 1 : 0;
    at = digits(text, at);
    if (at < length && text.byteAt(at) == '.') {
      at = digits(text, at + 1);
    }
    if (at < length && (text.byteAt(at) | 0x20) == 'e') {
      at++;
      at += at < length && (text.byteAt(at) == '-' || text.byteAt(at) == '+') ? 1 : 0;
      at = digits(text, at);
    }
    if (at < length) {
      throw ScriptError.at(site, "invalid format");
    }
    try {
      return bits(Double.parseDouble(text.toString()));
    } catch (NumberFormatException noDigits) {
      return 0; // as SystemTap reads a number without digits
    }
  }

  private static int digits(ByteString text, int from) {
    int at = from;
    while (at < text.length() && text.byteAt(at) >= '0' && text.byteAt(at) <= '9') {
      at++;
    }
    return at;
  }
}
