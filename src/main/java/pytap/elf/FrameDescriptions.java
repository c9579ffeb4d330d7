package pytap.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.source.FormatException;

/// The extents of functions according to `.eh_frame`, found through the sorted table of
/// `.eh_frame_hdr` (Linux Standard Base 5.0, core, 10.6).
final class FrameDescriptions {
  private static final int DATA_RELATIVE_INT32 = 0x3b;
  private static final int UINT32 = 0x03;

  private final ElfFile file;
  private final ElfBytes bytes;
  private final long headerAddress;
  private final long tableOffset;
  private final long count;

  /// The last common information entry that was asked for, as a rule the one of the whole file.
  private long commonEntry = -1;

  private int commonEncoding;

  private FrameDescriptions(
      ElfFile file, ElfBytes bytes, long headerAddress, long tableOffset, long count) {
    this.file = file;
    this.bytes = bytes;
    this.headerAddress = headerAddress;
    this.tableOffset = tableOffset;
    this.count = count;
  }

  static FrameDescriptions of(ElfFile file, ElfBytes bytes) throws FormatException {
    for (Segment segment : file.segments()) {
      if (segment.type() == Segment.GNU_EH_FRAME) {
        long header = segment.fileOffset();
        int countEncoding = bytes.uint8(header + 2);
        int tableEncoding = bytes.uint8(header + 3);
        if (bytes.uint8(header) != 1
            || countEncoding != UINT32
            || tableEncoding != DATA_RELATIVE_INT32) {
          throw bytes.odd(header, "an .eh_frame_hdr of another form than linkers write");
        }
        long start = header + 4 + encodedBytes(bytes, header + 1);
        return new FrameDescriptions(
            file, bytes, segment.address(), start + 4, bytes.uint32(start));
      }
    }
    return new FrameDescriptions(file, bytes, 0, 0, 0);
  }

  List<FunctionExtent> all() throws FormatException {
    List<FunctionExtent> extents = new ArrayList<>((int) Math.min(count, 1 << 20));
    for (long i = 0; i < count; i++) {
      extents.add(extent(i));
    }
    return extents;
  }

  Optional<FunctionExtent> at(long address) throws FormatException {
    long index = indexAt(address);
    if (index < 0) {
      return Optional.empty();
    }
    FunctionExtent extent = extent(index);
    return extent.contains(address) ? Optional.of(extent) : Optional.empty();
  }

  /// The last entry that starts at or below `address`, or -1.
  private long indexAt(long address) throws FormatException {
    long low = 0;
    long high = count;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (start(middle) <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /// Where the entry that covers `address` stands, as a link-time address.
  OptionalLong entryAt(long address) throws FormatException {
    long index = indexAt(address);
    return index < 0 || !extent(index).contains(address)
        ? OptionalLong.empty()
        : OptionalLong.of(headerAddress + bytes.int32(tableOffset + index * 8 + 4));
  }

  private long start(long index) throws FormatException {
    return headerAddress + bytes.int32(tableOffset + index * 8);
  }

  private FunctionExtent extent(long index) throws FormatException {
    long start = start(index);
    long entryAddress = headerAddress + bytes.int32(tableOffset + index * 8 + 4);
    long entry = file.requireFileOffset(entryAddress);
    long pointer = entry + 4;
    int encoding = pointerEncoding(pointer - bytes.uint32(pointer));
    long length =
        switch (encoding & 0x0f) {
          case 0x03, 0x0b -> bytes.uint32(pointer + 8);
          case 0x00, 0x04, 0x0c -> bytes.word(pointer + 12);
          default -> throw bytes.odd(entry, "frame description with pointer encoding " + encoding);
        };
    return new FunctionExtent(start, start + length);
  }

  /// The `R` augmentation of the common information entry at `cie`: how its entries give addresses.
  private int pointerEncoding(long cie) throws FormatException {
    if (cie != commonEntry) {
      commonEncoding = readPointerEncoding(cie);
      commonEntry = cie;
    }
    return commonEncoding;
  }

  private int readPointerEncoding(long cie) throws FormatException {
    long at = cie + 9;
    String augmentation = bytes.text(at);
    at += augmentation.length() + 1;
    if (!augmentation.startsWith("z")) {
      return 0;
    }
    at = skipLeb128(at);
    at = skipLeb128(at);
    at = bytes.uint8(cie + 8) == 1 ? at + 1 : skipLeb128(at);
    at = skipLeb128(at);
    for (char letter : augmentation.substring(1).toCharArray()) {
      switch (letter) {
        case 'R' -> {
          return bytes.uint8(at);
        }
        case 'L' -> at++;
        case 'P' -> at += 1 + encodedBytes(bytes, at);
        default -> {}
      }
    }
    return 0;
  }

  private long skipLeb128(long at) throws FormatException {
    long next = at;
    while ((bytes.uint8(next) & 0x80) != 0) {
      next++;
    }
    return next + 1;
  }

  private static int encodedBytes(ElfBytes bytes, long encodingOffset) throws FormatException {
    int encoding = bytes.uint8(encodingOffset);
    return switch (encoding & 0x0f) {
      case 0x02, 0x0a -> 2;
      case 0x03, 0x0b -> 4;
      case 0x00, 0x04, 0x0c -> 8;
      default -> throw bytes.odd(encodingOffset, "pointer encoding " + encoding);
    };
  }
}
