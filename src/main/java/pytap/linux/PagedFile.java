package pytap.linux;

import java.io.IOException;
import java.io.RandomAccessFile;

/// A file of which only the pages looked at are read. The kernel hands its own files out by pages,
/// each a system call, and of a large one few pages matter.
final class PagedFile implements AutoCloseable {
  private static final int PAGE_BITS = 12;
  private static final int PAGE_BYTES = 1 << PAGE_BITS;

  private final RandomAccessFile file;
  private final int sizeBytes;
  private final byte[][] pages;

  PagedFile(String path) throws IOException {
    this.file = new RandomAccessFile(path, "r");
    this.sizeBytes = Math.toIntExact(file.length());
    this.pages = new byte[(sizeBytes + PAGE_BYTES - 1) >>> PAGE_BITS][];
  }

  int sizeBytes() {
    return sizeBytes;
  }

  /// The byte at `at`, which must be inside the file, 0 to 255.
  int uint8(int at) throws IOException {
    int number = at >>> PAGE_BITS;
    byte[] page = pages[number];
    if (page == null) {
      page = read(number);
      pages[number] = page;
    }
    return page[at & (PAGE_BYTES - 1)] & 0xff;
  }

  /// The little-endian integer at `at`.
  int int32(int at) throws IOException {
    return uint8(at) | uint8(at + 1) << 8 | uint8(at + 2) << 16 | uint8(at + 3) << 24;
  }

  /// Whether exactly these bytes stand at `at`.
  boolean stands(int at, byte[] wanted) throws IOException {
    if (at < 0 || at > sizeBytes - wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (uint8(at + i) != (wanted[i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  private byte[] read(int number) throws IOException {
    byte[] page = new byte[PAGE_BYTES];
    file.seek((long) number << PAGE_BITS);
    int used = 0;
    while (used < PAGE_BYTES) {
      int got = file.read(page, used, PAGE_BYTES - used);
      if (got < 0) {
        break;
      }
      used += got;
    }
    return page;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
