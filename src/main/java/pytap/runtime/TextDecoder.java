package pytap.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Makes UTF-8 of captured text, as `user_string` of the interpreter's own UTF-8 would give it: up
/// to the first NUL and cut at so many bytes, even within a character.
///
/// A surrogate U+DC80 to U+DCFF stands for a byte that was no UTF-8 (PEP 383, file names) and gives
/// that byte again; any other surrogate, and a number that is no character, gives `?`.
final class TextDecoder {
  static final int BYTES = 0;
  static final int LATIN1 = 1;
  static final int UCS2 = 2;
  static final int UCS4 = 4;
  static final int TUPLE = 8;

  private final int maxBytes;
  private final byte[] utf8;
  private int size;

  TextDecoder(int maxBytes) {
    this.maxBytes = maxBytes;
    utf8 = new byte[maxBytes + 4]; // a last character may overhang
  }

  /// Decodes `bytes` from `start` up to `end`.
  ///
  /// @param kind bytes a character, [#BYTES] for bytes as they are, or [#TUPLE] for a tuple's items
  ByteString decode(byte[] bytes, int start, int end, int kind) {
    if (kind == TUPLE) {
      byte[] text = TupleDecoder.decode(bytes, start, end).getBytes(StandardCharsets.UTF_8);
      return ByteString.owning(Arrays.copyOf(text, Math.min(text.length, maxBytes)));
    }
    size = 0;
    int width = Math.max(1, kind);
    for (int at = start; at + width <= end && size < maxBytes; at += width) {
      int character = character(bytes, at, width);
      if (character == 0) {
        break;
      }
      if (kind == BYTES) {
        utf8[size++] = (byte) character;
      } else {
        append(character);
      }
    }
    return ByteString.owning(Arrays.copyOf(utf8, Math.min(size, maxBytes)));
  }

  private static int character(byte[] bytes, int at, int width) {
    int character = bytes[at] & 0xff;
    if (width > 1) {
      character |= (bytes[at + 1] & 0xff) << 8;
    }
    if (width > 2) {
      character |= (bytes[at + 2] & 0xff) << 16 | (bytes[at + 3] & 0xff) << 24;
    }
    return character;
  }

  private void append(int character) {
    if (character >= 0 && character < 0x80) {
      utf8[size++] = (byte) character;
    } else if (character >= 0 && character < 0x800) {
      utf8[size++] = (byte) (0xc0 | character >> 6);
      utf8[size++] = (byte) (0x80 | character & 0x3f);
    } else if (character >= 0xdc80 && character <= 0xdcff) {
      utf8[size++] = (byte) (character - 0xdc00);
    } else if (character < 0 || character > 0x10ffff || (character & ~0x7ff) == 0xd800) {
      utf8[size++] = '?';
    } else if (character < 0x10000) {
      utf8[size++] = (byte) (0xe0 | character >> 12);
      utf8[size++] = (byte) (0x80 | character >> 6 & 0x3f);
      utf8[size++] = (byte) (0x80 | character & 0x3f);
    } else {
      utf8[size++] = (byte) (0xf0 | character >> 18);
      utf8[size++] = (byte) (0x80 | character >> 12 & 0x3f);
      utf8[size++] = (byte) (0x80 | character >> 6 & 0x3f);
      utf8[size++] = (byte) (0x80 | character & 0x3f);
    }
  }
}
