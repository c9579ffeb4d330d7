package pytap.runtime;

/// The library functions on numbers: byte orders and device numbers.
public final class NumberFunctions {
  private static final int MINOR_BITS = 20; // Linux 6.6 include/linux/kdev_t.h

  private NumberFunctions() {}

  public static long htons(long value) {
    return Short.reverseBytes((short) value) & 0xffffL;
  }

  public static long htonl(long value) {
    return Integer.reverseBytes((int) value) & 0xffffffffL;
  }

  public static long htonll(long value) {
    return Long.reverseBytes(value);
  }

  public static long ntohs(long value) {
    return htons(value);
  }

  public static long ntohl(long value) {
    return htonl(value);
  }

  public static long ntohll(long value) {
    return htonll(value);
  }

  public static long bigEndian2(long value) {
    return htons(value);
  }

  public static long bigEndian4(long value) {
    return htonl(value);
  }

  public static long bigEndian8(long value) {
    return htonll(value);
  }

  public static long littleEndian2(long value) {
    return value & 0xffff;
  }

  public static long littleEndian4(long value) {
    return value & 0xffffffffL;
  }

  public static long littleEndian8(long value) {
    return value;
  }

  public static long major(long device) {
    return (device & 0xffffffffL) >>> MINOR_BITS;
  }

  public static long minor(long device) {
    return device & ((1 << MINOR_BITS) - 1);
  }

  public static long mkdev(long major, long minor) {
    return (major << MINOR_BITS | minor) & 0xffffffffL;
  }
}
