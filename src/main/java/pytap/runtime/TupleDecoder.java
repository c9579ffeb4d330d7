package pytap.runtime;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Makes text of a captured tuple, as Python's `repr` shows it: texts, bytes, numbers, None and
/// booleans; of a container how many items it has, of anything else its type. What was longer than
/// was captured ends with `...`.
///
/// The layout of the bytes is that of `place.TupleText`.
final class TupleDecoder {
  private static final int HEADER_BYTES = 8;
  private static final int ITEM_BYTES = 80;
  private static final int NAME = 8;
  private static final int NAME_BYTES = 32;
  private static final int FIELDS = 40;
  private static final int FIELDS_BYTES = 32;
  private static final int TEXT_SIZE = 72;
  private static final int TEXT_KIND = 76;

  /// `Py_TPFLAGS_LONG_SUBCLASS` and the like (CPython 3.12.1 Include/object.h).
  private static final long LONG = 1 << 24;

  private static final long LIST = 1 << 25;
  private static final long TUPLE = 1 << 26;
  private static final long BYTES = 1 << 27;
  private static final long UNICODE = 1 << 28;

  private static final int DIGIT_BITS = 30;

  private final ByteBuffer in;
  private final boolean tagged;
  private final StringBuilder out = new StringBuilder();

  private TupleDecoder(ByteBuffer in) {
    this.in = in;
    this.tagged = in.getInt(4) != 0;
  }

  /// The text of what stands in `bytes` from `start` up to `end`. A lone surrogate stands for a
  /// byte that was no UTF-8.
  static String decode(byte[] bytes, int start, int end) {
    ByteBuffer in =
        ByteBuffer.wrap(bytes, start, end - start).slice().order(ByteOrder.LITTLE_ENDIAN);
    return new TupleDecoder(in).decode();
  }

  private String decode() {
    int size = in.getInt(0);
    int at = HEADER_BYTES;
    out.append('(');
    int items = 0;
    while (at + ITEM_BYTES <= in.limit()) {
      out.append(items++ == 0 ? "" : ", ");
      item(at);
      at += ITEM_BYTES + in.getInt(at + TEXT_SIZE);
    }
    if (Integer.compareUnsigned(size, items) > 0) {
      out.append(items == 0 ? "..." : ", ...");
    } else if (size == 1) {
      out.append(',');
    }
    return out.append(')').toString();
  }

  private void item(int at) {
    long flags = in.getLong(at);
    String name = name(at + NAME);
    if ((flags & UNICODE) != 0) {
      text(at);
    } else if ((flags & BYTES) != 0) {
      bytes(at);
    } else if ((flags & LONG) != 0) {
      integer(at + FIELDS, name);
    } else if ((flags & (LIST | TUPLE)) != 0) {
      out.append('<').append(name).append(" of ").append(in.getLong(at + FIELDS)).append('>');
    } else if (name.equals("NoneType")) {
      out.append("None");
    } else if (name.equals("float")) {
      number(in.getDouble(at + FIELDS));
    } else {
      out.append(name.isEmpty() ? "<unreadable>" : "<" + name + ">");
    }
  }

  private String name(int at) {
    int size = 0;
    while (size < NAME_BYTES && in.get(at + size) != 0) {
      size++;
    }
    byte[] name = new byte[size];
    in.get(at, name);
    return new String(name, StandardCharsets.UTF_8);
  }

  /// Up to 3.11 the number of digits, negative where the int is; from 3.12 on three bits of which
  /// two say the sign, and the number of digits above.
  private void integer(int at, String name) {
    long head = in.getLong(at);
    long digits = tagged ? head >>> 3 : Math.abs(head);
    boolean negative = tagged ? (head & 3) == 2 : head < 0;
    if (digits > (FIELDS_BYTES - Long.BYTES) / Integer.BYTES) {
      out.append("<int of ").append(digits * DIGIT_BITS).append(" bits>");
      return;
    }
    BigInteger value = BigInteger.ZERO;
    boolean zero = tagged && (head & 3) == 1;
    for (int i = zero ? -1 : (int) digits - 1; i >= 0; i--) {
      value =
          value
              .shiftLeft(DIGIT_BITS)
              .or(BigInteger.valueOf(in.getInt(at + Long.BYTES + Integer.BYTES * i)));
    }
    if (name.equals("bool")) {
      out.append(value.signum() == 0 ? "False" : "True");
    } else {
      out.append(negative ? value.negate() : value);
    }
  }

  /// The shortest digits that give the same number, with an exponent below 1e-4 and from 1e16 on.
  private void number(double value) {
    if (Double.isNaN(value)) {
      out.append("nan");
    } else if (Double.isInfinite(value)) {
      out.append(value < 0 ? "-inf" : "inf");
    } else if (value == 0) {
      out.append(1 / value < 0 ? "-0.0" : "0.0");
    } else {
      BigDecimal exact = shortest(value);
      int exponent = exact.precision() - exact.scale() - 1;
      if (exponent >= -4 && exponent < 16) {
        String plain = exact.toPlainString();
        out.append(plain).append(plain.indexOf('.') < 0 ? ".0" : "");
      } else {
        String digits = exact.unscaledValue().abs().toString();
        out.append(value < 0 ? "-" : "").append(digits.charAt(0));
        out.append(digits.length() > 1 ? "." + digits.substring(1) : "");
        out.append(exponent < 0 ? "e-" : "e+").append(Math.abs(exponent) < 10 ? "0" : "");
        out.append(Math.abs(exponent));
      }
    }
  }

  /// Java writes two digits where one would do.
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    BigDecimal digit = exact.round(new MathContext(1));
    return digit.doubleValue() == value ? digit : exact;
  }

  private void bytes(int at) {
    int size = in.getInt(at + TEXT_SIZE);
    int[] values = new int[size];
    for (int i = 0; i < size; i++) {
      values[i] = in.get(at + ITEM_BYTES + i) & 0xff;
    }
    out.append('b');
    quote(values, false);
    out.append(in.getLong(at + FIELDS) > size ? "..." : "");
  }

  private void text(int at) {
    int width = Math.max(1, in.getInt(at + TEXT_KIND));
    int[] characters = new int[in.getInt(at + TEXT_SIZE) / width];
    for (int i = 0; i < characters.length; i++) {
      int from = at + ITEM_BYTES + i * width;
      characters[i] =
          switch (width) {
            case 1 -> in.get(from) & 0xff;
            case 2 -> in.getShort(from) & 0xffff;
            default -> in.getInt(from);
          };
    }
    quote(characters, true);
    out.append(in.getLong(at + FIELDS) > characters.length ? "..." : "");
  }

  /// CPython 3.12.1 Objects/unicodeobject.c, `unicode_repr`.
  private void quote(int[] characters, boolean unicode) {
    boolean single = false;
    boolean twofold = false;
    for (int character : characters) {
      single |= character == '\'';
      twofold |= character == '"';
    }
    char quote = single && !twofold ? '"' : '\'';
    out.append(quote);
    for (int character : characters) {
      if (character == quote || character == '\\') {
        out.append('\\').append((char) character);
      } else {
        character(character, unicode);
      }
    }
    out.append(quote);
  }

  private void character(int character, boolean unicode) {
    switch (character) {
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (character >= ' ' && character < 0x7f) {
          out.append((char) character);
        } else if (unicode && isPrintable(character)) {
          out.appendCodePoint(character);
        } else if (character < 0x100) {
          out.append(String.format("\\x%02x", character));
        } else if (character < 0x10000) {
          out.append(String.format("\\u%04x", character));
        } else {
          out.append(String.format("\\U%08x", character));
        }
      }
    }
  }

  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> Character.isValidCodePoint(character);
    };
  }
}
