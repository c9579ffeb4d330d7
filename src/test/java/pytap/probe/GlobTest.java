package pytap.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Patterns of names.
final class GlobTest {

  @ParameterizedTest
  @CsvSource({
    "function__*, function__entry, true",
    "*, '', true",
    "*tr?, entry, true",
    "*a*b*c, xxaxxbxxbc, true",
    "entry, entry2, false",
    "*x, entry, false",
    "py_[a-c]x, py_bx, true",
    "py_[a-c]x, py_dx, false",
    "py_[!a-c]x, py_dx, true",
    "py_[]a]x, py_]x, true",
    "*[0-9], f10, true",
    "[open, [open, true"
  })
  void aPatternFitsAWholeName(String pattern, String name, boolean fits) {
    assertThat(Glob.fits(pattern, name)).isEqualTo(fits);
  }
}
