package pytap.stap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LiteralsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "42, 42",
    "017, 15",
    "0x1F, 31",
    "0XfF, 255",
    "9223372036854775807, 9223372036854775807",
    "9223372036854775808, -9223372036854775808",
    "18446744073709551615, -1",
    "0xffffffffffffffff, -1",
    "01777777777777777777777, -1"
  })
  void numbersHaveCsBasesAndWrapAt64Bits(String digits, long value) {
    assertThat(Literals.number(digits)).hasValue(value);
  }

  @Test
  void whatIsNoNumberOrDoesNotFitHasNoValue() {
    for (String digits :
        new String[] {
          "18446744073709551616",
          "0x10000000000000000",
          "02000000000000000000000",
          "0x",
          "08",
          "1a",
          "0xg"
        }) {
      assertThat(Literals.number(digits)).as(digits).isEmpty();
    }
  }
}
