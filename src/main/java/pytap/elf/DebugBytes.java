package pytap.elf;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import pytap.source.FormatException;

/// Reads a section of debugging information from its start on.
final class DebugBytes {
  private final ByteBuffer bytes;
  private final String what;

  /// @param what it is, for messages
  DebugBytes(ByteBuffer bytes, String what) {
    this.bytes = bytes;
    this.what = what;
  }

  int position() {
    return bytes.position();
  }

  int end() {
    return bytes.limit();
  }

  void moveTo(long offset) throws FormatException {
    if (offset < 0 || offset > bytes.limit()) {
      throw odd("points to 0x" + Long.toHexString(offset) + ", beyond its end");
    }
    bytes.position((int) offset);
  }

  void skip(long count) throws FormatException {
    moveTo(position() + count);
  }

  int uint8() throws FormatException {
    return (int) unsigned(1);
  }

  int int8() throws FormatException {
    return (byte) unsigned(1);
  }

  /// A number of 1, 2, 4 or 8 bytes.
  long unsigned(int widthBytes) throws FormatException {
    try {
      return switch (widthBytes) {
        case 1 -> bytes.get() & 0xff;
        case 2 -> bytes.getShort() & 0xffff;
        case 4 -> bytes.getInt() & 0xffff_ffffL;
        default -> bytes.getLong();
      };
    } catch (BufferUnderflowException end) {
      throw odd("ends where " + widthBytes + " more bytes are needed");
    }
  }

  long unsignedLeb128() throws FormatException {
    long value = 0;
    int shift = 0;
    int octet;
    do {
      octet = uint8();
      value |= (octet & 0x7fL) << shift;
      shift += 7;
    } while ((octet & 0x80) != 0);
    return value;
  }

  long signedLeb128() throws FormatException {
    int start = position();
    long value = unsignedLeb128();
    long unused = Long.SIZE - 7L * (position() - start);
    return unused > 0 ? value << unused >> unused : value;
  }

  /// A text that ends in a zero byte.
  String text() throws FormatException {
    int start = position();
    int end = start;
    while (end < bytes.limit() && bytes.get(end) != 0) {
      end++;
    }
    if (end == bytes.limit()) {
      throw odd("a text without an end");
    }
    moveTo(end + 1L);
    byte[] text = new byte[end - start];
    bytes.get(start, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /// The text at `offset`; the position stays.
  String textAt(long offset) throws FormatException {
    int before = position();
    moveTo(offset);
    String text = text();
    moveTo(before);
    return text;
  }

  FormatException odd(String found) {
    return new FormatException(what, position(), found);
  }
}
