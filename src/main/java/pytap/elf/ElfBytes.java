package pytap.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import pytap.source.FormatException;

/// The bytes of one file, little-endian, every read bounded.
final class ElfBytes {
  private final ByteBuffer bytes;
  private final String name;

  ElfBytes(ByteBuffer bytes, String name) {
    this.bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.name = name;
  }

  String name() {
    return name;
  }

  long size() {
    return bytes.limit();
  }

  int uint8(long offset) throws FormatException {
    return bytes.get(check(offset, 1)) & 0xff;
  }

  int uint16(long offset) throws FormatException {
    return bytes.getShort(check(offset, 2)) & 0xffff;
  }

  int int32(long offset) throws FormatException {
    return bytes.getInt(check(offset, 4));
  }

  long uint32(long offset) throws FormatException {
    return int32(offset) & 0xffff_ffffL;
  }

  long word(long offset) throws FormatException {
    return bytes.getLong(check(offset, 8));
  }

  /// The bytes from `offset` on as a buffer of their own; they are not copied.
  ByteBuffer slice(long offset, long size) throws FormatException {
    int start = check(offset, size);
    return bytes.slice(start, (int) size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// The NUL-terminated text at `offset`.
  String text(long offset) throws FormatException {
    long end = offset;
    while (uint8(end) != 0) {
      end++;
    }
    byte[] text = new byte[(int) (end - offset)];
    bytes.get((int) offset, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /// Whether the NUL-terminated text at `offset` is `text`.
  boolean textEquals(long offset, byte[] text) throws FormatException {
    if (offset < 0 || offset + text.length >= size()) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (bytes.get((int) offset + i) != text[i]) {
        return false;
      }
    }
    return uint8(offset + text.length) == 0;
  }

  FormatException odd(long offset, String found) {
    return new FormatException(name, offset, found);
  }

  private int check(long offset, long size) throws FormatException {
    if (offset < 0 || size < 0 || offset > bytes.limit() - size) {
      throw odd(
          offset,
          "needs " + size + " bytes here, but the file ends at 0x" + Long.toHexString(size()));
    }
    return (int) offset;
  }
}
