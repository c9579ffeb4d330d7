package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import pytap.elf.Segment;
import pytap.target.Mapping;

/// The end of the last page of a file's code: executable, and no part of the code.
///
/// @param address where it begins, a multiple of 16
/// @param end the first address behind it
record TextTail(long address, long end) {
  private static final long PAGE_BYTES = 4096;
  private static final int ELF_HEADER_BYTES = 64;
  private static final int SEGMENT_BYTES = 56;

  long sizeBytes() {
    return end - address;
  }

  /// All of a process, in the order of addresses.
  static List<TextTail> all(List<Mapping> mappings, Memory memory) {
    List<TextTail> found = new ArrayList<>();
    for (Mapping code : mappings) {
      if (code.isExecutable()
          && !code.isWritable()
          && !code.isShared()
          && code.path().startsWith("/")
          && !code.path().startsWith(Target.REGION_PATH)) {
        mappings.stream()
            .filter(it -> it.inode() == code.inode() && it.path().equals(code.path()))
            .filter(it -> it.offset() == 0)
            .findFirst()
            .ifPresent(first -> add(code, memory.at(first.start(), (int) PAGE_BYTES), found));
      }
    }
    return found;
  }

  /// @param header the file's first page: the ELF header and the program headers after it (System V
  ///   ABI 4.1, chapter 5), or something else, which has no tail that we know
  private static void add(Mapping code, byte[] header, List<TextTail> found) {
    ByteBuffer file = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int count = Math.min(file.getShort(56), (header.length - ELF_HEADER_BYTES) / SEGMENT_BYTES);
    if (file.getInt(0) != 0x464c457f || file.getLong(32) != ELF_HEADER_BYTES) {
      return;
    }
    for (int at = ELF_HEADER_BYTES;
        at < ELF_HEADER_BYTES + count * SEGMENT_BYTES;
        at += SEGMENT_BYTES) {
      Segment segment =
          new Segment(
              file.getInt(at),
              file.getInt(at + 4),
              file.getLong(at + 8),
              file.getLong(at + 16),
              file.getLong(at + 32),
              file.getLong(at + 40));
      if (segment.type() == Segment.LOAD
          && segment.executable()
          && (segment.fileOffset() & -PAGE_BYTES) == code.offset()
          && segment.memorySize() == segment.fileSize()) {
        long bias = code.start() - (segment.address() & -PAGE_BYTES);
        long start = bias + segment.address() + segment.fileSize() + 15 & -16;
        if (start < code.end() && code.end() - start < PAGE_BYTES) {
          found.add(new TextTail(start, code.end()));
        }
      }
    }
  }
}
