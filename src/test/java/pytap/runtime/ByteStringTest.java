package pytap.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ByteStringTest {
  private static ByteString text(String text) {
    return ByteString.ofLatin1(text);
  }

  @Test
  void stringsCompareByUnsignedBytes() {
    assertThat(text("a")).isLessThan(text("b")).isLessThan(text("aa"));
    assertThat(text("\u00e9")).isGreaterThan(text("z"));
    assertThat(text("ab"))
        .isEqualTo(text("a").concat(text("b"), 511))
        .hasSameHashCodeAs(text("ab"));
    assertThat(text("ab")).isNotEqualTo(text("ac"));
  }

  @Test
  void aJoinedStringIsCutAtItsLimit() {
    assertThat(text("abc").concat(text("def"), 5).toString()).isEqualTo("abcde");
    assertThat(text("abc").concat(text("def"), 2).toString()).isEqualTo("ab");
    assertThat(text("").concat(text("def"), 5).toString()).isEqualTo("def");
    assertThat(text("abc").concat(text(""), 5).toString()).isEqualTo("abc");
  }

  @Test
  void aSubstringIsFoundFromAPlaceOn() {
    assertThat(text("banana").indexOf(text("an"), 0)).isEqualTo(1);
    assertThat(text("banana").indexOf(text("an"), 2)).isEqualTo(3);
    assertThat(text("banana").indexOf(text("nab"), 0)).isEqualTo(-1);
    assertThat(text("banana").indexOf(text(""), 0)).isZero();
  }
}
