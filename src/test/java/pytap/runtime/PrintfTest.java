package pytap.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static pytap.runtime.Printf.ABSENT;
import static pytap.runtime.Printf.FLAG_ALTERNATE;
import static pytap.runtime.Printf.FLAG_LEFT;
import static pytap.runtime.Printf.FLAG_NONE;
import static pytap.runtime.Printf.FLAG_PLUS;
import static pytap.runtime.Printf.FLAG_SPACE;
import static pytap.runtime.Printf.FLAG_ZERO;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class PrintfTest {
  private static String number(long value, int conversion, int flag, int width, int precision) {
    OutputBuffer out = new OutputBuffer(1);
    Printf.number(value, conversion, flag, width, precision, out);
    return string(out);
  }

  private static String signed(long value, int flag, int width, int precision) {
    return number(value, Printf.SIGNED, flag, width, precision);
  }

  private static String string(OutputBuffer out) {
    return new String(out.toBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aSignedNumberFillsItsField() {
    assertThat(signed(42, FLAG_NONE, 5, ABSENT)).isEqualTo("   42");
    assertThat(signed(42, FLAG_LEFT, 5, ABSENT)).isEqualTo("42   ");
    assertThat(signed(42, FLAG_ZERO, 5, ABSENT)).isEqualTo("00042");
    assertThat(signed(-42, FLAG_ZERO, 5, ABSENT)).isEqualTo("-0042");
    assertThat(signed(42, FLAG_PLUS, ABSENT, ABSENT)).isEqualTo("+42");
    assertThat(signed(42, FLAG_SPACE, ABSENT, ABSENT)).isEqualTo(" 42");
    assertThat(signed(-42, FLAG_PLUS, 5, ABSENT)).isEqualTo("  -42");
    assertThat(signed(12345, FLAG_ZERO, 3, ABSENT)).isEqualTo("12345");
    assertThat(signed(Long.MIN_VALUE, FLAG_NONE, 22, ABSENT)).isEqualTo("  -9223372036854775808");
  }

  @Test
  void aPrecisionIsTheLeastCountOfDigits() {
    assertThat(signed(42, FLAG_NONE, ABSENT, 5)).isEqualTo("00042");
    assertThat(signed(42, FLAG_NONE, 8, 5)).isEqualTo("   00042");
    assertThat(signed(42, FLAG_LEFT, 8, 5)).isEqualTo("00042   ");
    assertThat(signed(-7, FLAG_NONE, ABSENT, 3)).isEqualTo("-007");
    assertThat(signed(0, FLAG_NONE, ABSENT, 0)).isEqualTo("0");
    assertThat(signed(42, FLAG_ZERO, 8, 5)).isEqualTo("00000042");
  }

  @Test
  void hexAndOctalTakeAPrefixWithTheAlternateForm() {
    assertThat(number(255, Printf.HEX_LOWER, FLAG_ALTERNATE, ABSENT, ABSENT)).isEqualTo("0xff");
    assertThat(number(255, Printf.HEX_UPPER, FLAG_ALTERNATE, ABSENT, ABSENT)).isEqualTo("0XFF");
    assertThat(number(8, Printf.OCTAL, FLAG_ALTERNATE, ABSENT, ABSENT)).isEqualTo("010");
    assertThat(number(0, Printf.HEX_LOWER, FLAG_ALTERNATE, ABSENT, ABSENT)).isEqualTo("0x0");
    assertThat(number(0, Printf.OCTAL, FLAG_ALTERNATE, ABSENT, ABSENT)).isEqualTo("00");
    assertThat(number(-1, Printf.HEX_LOWER, FLAG_NONE, ABSENT, ABSENT))
        .isEqualTo("ffffffffffffffff");
    assertThat(number(-1, Printf.OCTAL, FLAG_NONE, ABSENT, ABSENT))
        .isEqualTo("1777777777777777777777");
    assertThat(number(-1, Printf.UNSIGNED, FLAG_NONE, ABSENT, ABSENT))
        .isEqualTo("18446744073709551615");
    assertThat(number(0x10, Printf.POINTER, FLAG_LEFT, 7, ABSENT)).isEqualTo("0x10   ");
  }

  @Test
  void theLowByteIsACharacter() {
    OutputBuffer out = new OutputBuffer(8);
    Printf.character(0x141, FLAG_NONE, 3, out);
    Printf.character('b', FLAG_LEFT, 3, out);
    Printf.character('\n', FLAG_ALTERNATE, 4, out);
    Printf.character(1, FLAG_ALTERNATE, ABSENT, out);
    Printf.character('\'', FLAG_ALTERNATE, ABSENT, out);
    assertThat(string(out)).isEqualTo("  Ab    \\n\\001\\'");
  }

  @Test
  void numbersPrintPlainly() {
    OutputBuffer out = new OutputBuffer(1);
    for (long value : new long[] {0, 9, 10, -1, 2147483647L, 2147483648L, Long.MAX_VALUE}) {
      out.decimal(value);
      out.octet(' ');
    }
    out.decimal(Long.MIN_VALUE);
    assertThat(string(out))
        .isEqualTo("0 9 10 -1 2147483647 2147483648 9223372036854775807 -9223372036854775808");
  }
}
