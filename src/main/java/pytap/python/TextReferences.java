package pytap.python;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import pytap.elf.ElfFile;
import pytap.elf.Segment;
import pytap.source.FormatException;

/// Where a text stands in a file, and which code names an address: how functions are found that
/// have no symbol. Goes through the file byte by byte, so in short loops that call nothing.
final class TextReferences {
  private static final int BLOCK_BYTES = 1 << 16;
  private static final int FIELD_BYTES = 4;

  private final ElfFile file;

  TextReferences(ElfFile file) {
    this.file = file;
  }

  /// The addresses at which the file's data have `text`, in ASCII.
  List<Long> places(String text) throws FormatException {
    byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
    List<Long> found = new ArrayList<>();
    byte[] block = new byte[BLOCK_BYTES + wanted.length - 1];
    for (Segment segment : file.segments()) {
      long end = segment.address() + segment.fileSize();
      boolean loaded = segment.type() == Segment.LOAD;
      for (long at = segment.address(); loaded && at < end; at += BLOCK_BYTES) {
        int bytes = (int) Math.min(block.length, end - at);
        file.read(at, block, bytes);
        int last = bytes - wanted.length;
        for (int i = next(block, wanted, 0, last); i <= last; ) {
          found.add(at + i);
          i = next(block, wanted, i + 1, last);
        }
      }
    }
    return found;
  }

  /// The first place from `from` to `last` at which `wanted` stands; behind `last` where none does.
  private static int next(byte[] block, byte[] wanted, int from, int last) {
    byte first = wanted[0];
    byte second = wanted[1];
    for (int i = from; i <= last; i++) {
      if (block[i] == first && block[i + 1] == second && isAt(block, wanted, i)) {
        return i;
      }
    }
    return last + 1;
  }

  private static boolean isAt(byte[] block, byte[] wanted, int at) {
    for (int i = 0; i < wanted.length; i++) {
      if (block[at + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /// Where the code has four bytes that may stand for `address`: as a distance from behind them or,
  /// at a fixed address, as such. Most of them are operands of instructions.
  List<Long> fields(long address) throws FormatException {
    List<Long> found = new ArrayList<>();
    byte[] block = new byte[BLOCK_BYTES + FIELD_BYTES - 1];
    boolean fixed = !file.positionIndependent() && address == (int) address;
    for (Segment segment : file.segments()) {
      long end = segment.address() + segment.fileSize();
      boolean code = segment.type() == Segment.LOAD && segment.executable();
      for (long at = segment.address(); code && at < end; at += BLOCK_BYTES) {
        int last = (int) Math.min(block.length, end - at) - FIELD_BYTES;
        file.read(at, block, last + FIELD_BYTES);
        int distance = (int) (address - at - FIELD_BYTES);
        int absolute = fixed ? (int) address : 0;
        for (int i = nextField(block, 0, last, distance, absolute); i <= last; ) {
          found.add(at + i);
          i = nextField(block, i + 1, last, distance, absolute);
        }
      }
    }
    return found;
  }

  /// @param distance of the address from four bytes behind the block's first byte
  /// @param absolute the address, or 0
  private static int nextField(byte[] block, int from, int last, int distance, int absolute) {
    int value = (block[from] & 0xff) << 8 | (block[from + 1] & 0xff) << 16 | block[from + 2] << 24;
    for (int i = from; i <= last; i++) {
      value = value >>> 8 | block[i + 3] << 24;
      if (value + i == distance || value == absolute && absolute != 0) {
        return i;
      }
    }
    return last + 1;
  }
}
