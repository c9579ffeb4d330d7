package pytap.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TupleDecoderTest {
  private static final long LONG = 1 << 24;
  private static final long LIST = 1 << 25;
  private static final long BYTES = 1 << 27;
  private static final long UNICODE = 1 << 28;

  private final ByteArrayOutputStream items = new ByteArrayOutputStream();

  private TupleDecoderTest item(long flags, String name, long head, int kind, byte... text) {
    return item(flags, name, head, 0, kind, text);
  }

  private TupleDecoderTest item(
      long flags, String name, long head, long more, int kind, byte... text) {
    ByteBuffer item = ByteBuffer.allocate(80).order(ByteOrder.LITTLE_ENDIAN);
    item.putLong(flags).put(name.getBytes(StandardCharsets.UTF_8));
    item.putLong(40, head).putLong(48, more).putInt(72, text.length).putInt(76, kind);
    items.writeBytes(item.array());
    items.writeBytes(text);
    return this;
  }

  private String decoded(int size, boolean tagged) {
    ByteBuffer all = ByteBuffer.allocate(8 + items.size()).order(ByteOrder.LITTLE_ENDIAN);
    all.putInt(size).putInt(tagged ? 1 : 0).put(items.toByteArray());
    return TupleDecoder.decode(all.array(), 0, all.capacity());
  }

  @Test
  void aTupleIsWrittenAsPythonWritesIt() {
    assertThat(decoded(0, false)).isEqualTo("()");
    assertThat(decoded(3, false)).isEqualTo("(...)");
    item(0, "NoneType", 0, 0);
    assertThat(decoded(1, false)).isEqualTo("(None,)");
    item(LIST, "list", 7, 0).item(0, "dict", 0, 0).item(0, "", 0, 0);
    assertThat(decoded(4, false)).isEqualTo("(None, <list of 7>, <dict>, <unreadable>)");
    assertThat(decoded(9, false)).isEqualTo("(None, <list of 7>, <dict>, <unreadable>, ...)");
  }

  @Test
  void intsHaveASizeAndLaterATag() {
    item(LONG, "int", 0, 0).item(LONG, "int", -1, 5, 0).item(LONG, "int", 2, 1L << 32 | 3, 0);
    item(LONG, "bool", 1, 1, 0).item(LONG, "int", 7, 0);
    assertThat(decoded(5, false)).isEqualTo("(0, -5, 1073741827, True, <int of 210 bits>)");
    items.reset();
    item(LONG, "int", 1, 0).item(LONG, "int", 1 << 3 | 2, 5, 0);
    item(LONG, "int", 2 << 3, 1L << 32 | 3, 0).item(LONG, "bool", 1, 0);
    assertThat(decoded(4, true)).isEqualTo("(0, -5, 1073741827, False)");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1.0", "-2.5, -2.5", "1e15, 1000000000000000.0", "1e16, 1e+16", "1e-4, 0.0001",
    "1e-5, 1e-05", "1.25e-7, 1.25e-07", "4.9e-324, 5e-324", "-0.0, -0.0", "1e100, 1e+100",
    "0.1, 0.1", "123456789012345.6, 123456789012345.6", "NaN, nan", "-Infinity, -inf"
  })
  void numbersHaveTheDigitsThatPythonGivesThem(double value, String text) {
    item(0, "float", Double.doubleToRawLongBits(value), 0);
    assertThat(decoded(1, false)).isEqualTo("(" + text + ",)");
  }

  @Test
  void textsAreQuotedAndEscaped() {
    text("a\n\t\\", 0, StandardCharsets.ISO_8859_1);
    text("it's", 0, StandardCharsets.ISO_8859_1);
    text("'\"", 0, StandardCharsets.ISO_8859_1);
    text("\u00e9\u007f\u00a0", 1, StandardCharsets.ISO_8859_1);
    text("\u65e5\u200b", 2, StandardCharsets.UTF_16LE);
    item(UNICODE, "str", 1, 2, (byte) 0x80, (byte) 0xdc);
    item(BYTES, "bytes", 3, 0, (byte) 'b', (byte) 0xff, (byte) '\'');
    item(UNICODE, "str", 300, 0, (byte) 'x');
    assertThat(decoded(8, true))
        .isEqualTo(
            "('a\\n\\t\\\\', \"it's\", '\\'\"', '\u00e9\\x7f\\xa0', '\u65e5\\u200b',"
                + " '\\udc80', b\"b\\xff'\", 'x'...)");
  }

  private void text(String text, int kind, Charset charset) {
    item(UNICODE, "str", text.length(), kind, text.getBytes(charset));
  }
}
