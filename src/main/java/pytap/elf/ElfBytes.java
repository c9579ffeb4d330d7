package pytap.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import pytap.source.FormatException;

/// The bytes of one file, little-endian, every read bounded. They are read in chunks when they are
/// first asked for: of a large file only a few are ever needed, and mapping it costs a young JVM
/// more than reading them.
final class ElfBytes {
  private static final int CHUNK_BITS = 17;
  private static final int CHUNK_BYTES = 1 << CHUNK_BITS;

  private final String name;
  private final long size;
  private final Optional<FileChannel> channel;
  private final ByteBuffer[] chunks;

  private ElfBytes(String name, long size, Optional<FileChannel> channel) {
    this.name = name;
    this.size = size;
    this.channel = channel;
    this.chunks = new ByteBuffer[(int) ((size + CHUNK_BYTES - 1) >> CHUNK_BITS)];
  }

  /// Reads from `channel` for as long as it is asked; the channel must stay open.
  static ElfBytes of(FileChannel channel, String name) throws IOException {
    return new ElfBytes(name, channel.size(), Optional.of(channel));
  }

  /// The bytes from index 0 to the limit.
  static ElfBytes of(ByteBuffer bytes, String name) {
    ElfBytes all = new ElfBytes(name, bytes.limit(), Optional.empty());
    for (int i = 0; i < all.chunks.length; i++) {
      int start = i << CHUNK_BITS;
      int length = Math.min(CHUNK_BYTES, bytes.limit() - start);
      all.chunks[i] = bytes.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
    }
    return all;
  }

  String name() {
    return name;
  }

  long size() {
    return size;
  }

  int uint8(long offset) throws FormatException {
    check(offset, 1);
    return byteAt(offset);
  }

  int uint16(long offset) throws FormatException {
    return (int) integer(offset, 2);
  }

  int int32(long offset) throws FormatException {
    return (int) integer(offset, 4);
  }

  long uint32(long offset) throws FormatException {
    return int32(offset) & 0xffff_ffffL;
  }

  long word(long offset) throws FormatException {
    return integer(offset, 8);
  }

  /// A copy of the bytes at `[offset, offset + sizeBytes)`.
  ByteBuffer copy(long offset, long sizeBytes) throws FormatException {
    check(offset, sizeBytes);
    byte[] copy = new byte[(int) sizeBytes];
    read(offset, copy, copy.length);
    return ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Copies the bytes at `[offset, offset + sizeBytes)` to the start of `into`. A chunk that is not
  /// there yet is not kept: who asks for so much will not ask again.
  void read(long offset, byte[] into, int sizeBytes) throws FormatException {
    check(offset, sizeBytes);
    for (int done = 0; done < sizeBytes; ) {
      long from = offset + done;
      int start = (int) (from & (CHUNK_BYTES - 1));
      int length = Math.min(CHUNK_BYTES - start, sizeBytes - done);
      ByteBuffer known = chunks[(int) (from >> CHUNK_BITS)];
      if (known == null) {
        read(ByteBuffer.wrap(into, done, length), from);
      } else {
        known.get(start, into, done, length);
      }
      done += length;
    }
  }

  /// The NUL-terminated text at `offset`.
  String text(long offset) throws FormatException {
    long end = offset;
    while (uint8(end) != 0) {
      end++;
    }
    return StandardCharsets.UTF_8.decode(copy(offset, end - offset)).toString();
  }

  /// Whether the NUL-terminated text at `offset` is `text`.
  boolean textEquals(long offset, byte[] text) throws FormatException {
    if (offset < 0 || offset >= size - text.length) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if ((byte) byteAt(offset + i) != text[i]) {
        return false;
      }
    }
    return byteAt(offset + text.length) == 0;
  }

  FormatException odd(long offset, String found) {
    return new FormatException(name, offset, found);
  }

  private long integer(long offset, int widthBytes) throws FormatException {
    check(offset, widthBytes);
    int start = (int) (offset & (CHUNK_BYTES - 1));
    if (start > CHUNK_BYTES - widthBytes) {
      long value = 0;
      for (int i = 0; i < widthBytes; i++) {
        value |= (long) byteAt(offset + i) << (8 * i);
      }
      return value;
    }
    ByteBuffer chunk = chunk(offset);
    return switch (widthBytes) {
      case 2 -> chunk.getShort(start) & 0xffff;
      case 4 -> chunk.getInt(start);
      default -> chunk.getLong(start);
    };
  }

  private int byteAt(long offset) throws FormatException {
    return chunk(offset).get((int) (offset & (CHUNK_BYTES - 1))) & 0xff;
  }

  private ByteBuffer chunk(long offset) throws FormatException {
    int index = (int) (offset >> CHUNK_BITS);
    ByteBuffer known = chunks[index];
    if (known != null) {
      return known;
    }
    long start = (long) index << CHUNK_BITS;
    ByteBuffer chunk =
        ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, size - start))
            .order(ByteOrder.LITTLE_ENDIAN);
    read(chunk, start);
    chunks[index] = chunk;
    return chunk;
  }

  private void read(ByteBuffer into, long start) throws FormatException {
    FileChannel from =
        channel.orElseThrow(() -> new IllegalStateException("all chunks are there from the start"));
    try {
      for (long at = start; into.hasRemaining(); ) {
        int count = from.read(into, at);
        if (count < 0) {
          throw odd(at, "the file was cut short while it was read");
        }
        at += count;
      }
    } catch (IOException failed) {
      throw odd(start, "cannot be read: " + failed.getMessage());
    }
  }

  private void check(long offset, long sizeBytes) throws FormatException {
    if (offset < 0 || sizeBytes < 0 || offset > size - sizeBytes) {
      throw odd(
          offset,
          "needs " + sizeBytes + " bytes here, but the file ends at 0x" + Long.toHexString(size));
    }
  }
}
