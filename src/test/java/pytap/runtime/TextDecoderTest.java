package pytap.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class TextDecoderTest {
  private static String decoded(byte[] bytes, int kind) {
    ByteString text = new TextDecoder(511).decode(bytes, 0, bytes.length, kind);
    byte[] utf8 = new byte[text.length()];
    text.copyTo(utf8, 0);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static byte[] ucs4(int... characters) {
    byte[] bytes = new byte[4 * characters.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (characters[i / 4] >>> (8 * (i % 4)));
    }
    return bytes;
  }

  @Test
  void latin1AndUcsTextBecomeUtf8() {
    assertThat(decoded("na\u00efve".getBytes(StandardCharsets.ISO_8859_1), TextDecoder.LATIN1))
        .isEqualTo("na\u00efve");
    assertThat(decoded("\u0434\u0430 \u4e2d".getBytes(StandardCharsets.UTF_16LE), TextDecoder.UCS2))
        .isEqualTo("\u0434\u0430 \u4e2d");
    String clef = new String(Character.toChars(0x1d11e));
    assertThat(decoded((clef + "x").getBytes(Charset.forName("UTF-32LE")), TextDecoder.UCS4))
        .isEqualTo(clef + "x");
  }

  @Test
  void bytesStayAsTheyAre() {
    ByteString text =
        new TextDecoder(511).decode(new byte[] {(byte) 0xff, 'a', 0, 'b'}, 0, 4, TextDecoder.BYTES);
    assertThat(text.toString()).isEqualTo("\u00ffa");
  }

  @Test
  void textEndsAtItsFirstNul() {
    assertThat(decoded("ab\0cd".getBytes(StandardCharsets.UTF_16LE), TextDecoder.UCS2))
        .isEqualTo("ab");
  }

  @Test
  void anEscapedByteOfAFileNameIsThatByteAgain() {
    ByteString text = new TextDecoder(511).decode(ucs4('a', 0xdcff, 'b'), 0, 12, TextDecoder.UCS4);
    assertThat(text.toString()).isEqualTo("a\u00ffb");
  }

  @Test
  void whatIsNoCharacterIsAQuestionMark() {
    assertThat(decoded(ucs4(0xd800, 0xdfff, 0x110000, -1, 'x'), TextDecoder.UCS4))
        .isEqualTo("????x");
  }

  @Test
  void longTextIsCutAtABytePosition() {
    TextDecoder decoder = new TextDecoder(4);
    byte[] bytes = "\u00e9\u00e9\u00e9".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(decoder.decode(bytes, 0, 3, TextDecoder.LATIN1).length()).isEqualTo(4);
    byte[] wide = "a\u4e2d\u4e2d".getBytes(StandardCharsets.UTF_16LE);
    assertThat(decoder.decode(wide, 0, 6, TextDecoder.UCS2).toString())
        .isEqualTo("a\u00e4\u00b8\u00ad");
    byte[] cutInside = "ab\u4e2d".getBytes(StandardCharsets.UTF_16LE);
    assertThat(decoder.decode(cutInside, 0, 6, TextDecoder.UCS2).toString())
        .isEqualTo("ab\u00e4\u00b8");
  }

  @Test
  void aCachedTextIsTheSameObjectAgain() {
    TextCache cache = new TextCache(511);
    byte[] bytes = "xxfunctionfunction".getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    ByteString first = cache.text(bytes, view, 2, 10, TextDecoder.LATIN1);
    assertThat(first.toString()).isEqualTo("function");
    assertThat(cache.text(bytes, view, 10, 18, TextDecoder.LATIN1)).isSameAs(first);
    assertThat(cache.text(bytes, view, 2, 9, TextDecoder.LATIN1).toString()).isEqualTo("functio");
    assertThat(cache.text(bytes, view, 2, 2, TextDecoder.LATIN1).toString()).isEmpty();
  }
}
