package pytap.unwind;

import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// Reads `.eh_frame` from a link-time address onwards.
final class TableReader {
  private final ElfFile file;
  private long at;

  TableReader(ElfFile file, long at) {
    this.file = file;
    this.at = at;
  }

  long position() {
    return at;
  }

  void moveTo(long address) {
    at = address;
  }

  int uint8() throws FormatException {
    return file.uint8(at++);
  }

  int uint16() throws FormatException {
    return uint8() | uint8() << 8;
  }

  long uint32() throws FormatException {
    int value = file.int32(at);
    at += 4;
    return value & 0xffffffffL;
  }

  long word() throws FormatException {
    long value = file.word(at);
    at += 8;
    return value;
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
    long start = at;
    long value = unsignedLeb128();
    long unused = Long.SIZE - 7 * (at - start);
    return unused > 0 ? value << unused >> unused : value;
  }

  /// A pointer in the encoding of the Linux Standard Base (5.0, core, 10.5.1), absolute or relative
  /// to where it stands.
  long pointer(int encoding) throws FormatException {
    long start = at;
    long value =
        switch (encoding & 0x0f) {
          case 0x01 -> unsignedLeb128();
          case 0x02 -> uint16();
          case 0x03 -> uint32();
          case 0x09 -> signedLeb128();
          case 0x0a -> (short) uint16();
          case 0x0b -> (int) uint32();
          default -> word();
        };
    return (encoding & 0x70) == 0x10 ? start + value : value;
  }
}
