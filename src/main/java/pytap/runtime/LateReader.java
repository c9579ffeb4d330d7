package pytap.runtime;

/// Reads the target's memory for addresses that were not captured at the probe.
public final class LateReader {
  private static final int CHUNK = 256;

  private final TargetMemory memory;
  private final Moment moment;
  private final int maxTextBytes;
  private final byte[] chunk = new byte[CHUNK];
  private final OutputBuffer found = new OutputBuffer(CHUNK);

  LateReader(TargetMemory memory, Moment moment, int maxTextBytes) {
    this.memory = memory;
    this.moment = moment;
    this.maxTextBytes = maxTextBytes;
  }

  /// Reads the C string at `address`, at most `limit` bytes of it, for [#text()] to give.
  ///
  /// @return whether it could not be read
  public boolean faults(long address, long limit) {
    int wanted = (int) Math.clamp(limit, 0L, maxTextBytes);
    found.clear();
    while (found.size() < wanted) {
      int length = Math.min(CHUNK, wanted - found.size());
      int read = memory.read((int) moment.pid(), address + found.size(), chunk, length);
      if (read <= 0) {
        return true;
      }
      for (int i = 0; i < read; i++) {
        if (chunk[i] == 0) {
          return false;
        }
        found.octet(chunk[i]);
      }
    }
    return false;
  }

  /// Same, at most as long as a string value may be.
  public boolean faults(long address) {
    return faults(address, maxTextBytes);
  }

  /// What the last call of [#faults] read.
  public ByteString text() {
    return found.toText(maxTextBytes);
  }

  /// The signed little-endian integer of `widthBytes` at `address`; 0 where it is unreadable.
  public long integer(long address, int widthBytes) {
    if (memory.read((int) moment.pid(), address, chunk, widthBytes) < widthBytes) {
      return 0;
    }
    long value = 0;
    for (int i = 0; i < widthBytes; i++) {
      value |= (chunk[i] & 0xffL) << (8 * i);
    }
    int unused = 64 - 8 * widthBytes;
    return value << unused >> unused;
  }

  /// Whether the integer of `widthBytes` at `address` cannot be read.
  boolean faultsInteger(long address, int widthBytes) {
    return memory.read((int) moment.pid(), address, chunk, widthBytes) < widthBytes;
  }

  /// Up to `count` bytes at `address`; how many are there.
  int read(long address, byte[] bytes, int count) {
    return memory.read((int) moment.pid(), address, bytes, count);
  }

  /// `count` bytes at `address`; a run-time error where they are unreadable.
  byte[] bytes(long address, int count, Site site) {
    byte[] bytes = new byte[count];
    if (memory.read((int) moment.pid(), address, bytes, count) < count) {
      throw ScriptError.at(site, "read fault at " + hex(address));
    }
    return bytes;
  }

  static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }
}
