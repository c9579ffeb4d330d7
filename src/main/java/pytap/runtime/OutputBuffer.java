package pytap.runtime;

import java.util.Arrays;
import pytap.source.TracerException;

/// Bytes printed and not yet written: grows as needed, emptied by the session between events.
public final class OutputBuffer {
  private static final int DECIMAL_MAX = 20;

  private byte[] bytes;
  private int size;

  OutputBuffer(int capacityBytes) {
    bytes = new byte[capacityBytes];
  }

  public int size() {
    return size;
  }

  /// Hands everything to `sink` and is empty afterwards, also when the sink fails.
  public void flushTo(ByteSink sink) throws TracerException {
    int length = size;
    size = 0;
    if (length > 0) {
      sink.write(bytes, length);
    }
  }

  /// Forgets everything.
  public void clear() {
    size = 0;
  }

  /// Forgets what stands behind the first `length` bytes.
  void truncate(int length) {
    size = Math.min(size, length);
  }

  /// What it holds, cut at `limit` bytes and at the first NUL, as a string value.
  public ByteString toText(int limit) {
    int end = Math.min(size, limit);
    for (int i = 0; i < end; i++) {
      if (bytes[i] == 0) {
        return ByteString.of(bytes, 0, i);
      }
    }
    return ByteString.of(bytes, 0, end);
  }

  /// What it holds, as bytes of the caller's own.
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  public void text(ByteString text) {
    int length = text.length();
    reserve(length);
    text.copyTo(bytes, size);
    size += length;
  }

  void part(ByteString text, int length) {
    if (length == text.length()) {
      text(text);
    } else {
      text(text.slice(0, length));
    }
  }

  /// Appends the low eight bits of `value`.
  public void octet(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  void fill(int value, int count) {
    if (count > 0) {
      reserve(count);
      Arrays.fill(bytes, size, size + count, (byte) value);
      size += count;
    }
  }

  /// Appends `value` in decimal.
  public void decimal(long value) {
    reserve(DECIMAL_MAX);
    if (value < 0) {
      bytes[size++] = '-';
      if (value == Long.MIN_VALUE) {
        unsignedDecimal(value);
        return;
      }
      value = -value;
    }
    size += digits(value);
    int at = size;
    while (value > Integer.MAX_VALUE) {
      long rest = value / 10;
      bytes[--at] = (byte) ('0' + (int) (value - rest * 10));
      value = rest;
    }
    int small = (int) value;
    do {
      int rest = small / 10;
      bytes[--at] = (byte) ('0' + (small - rest * 10));
      small = rest;
    } while (small != 0);
  }

  private static int digits(long value) {
    int count = 1;
    long bound = 10;
    while (count < 19 && value >= bound) {
      bound *= 10;
      count++;
    }
    return count;
  }

  /// Appends `value` in decimal, read as an unsigned number.
  void unsignedDecimal(long value) {
    if (value >= 0) {
      decimal(value);
      return;
    }
    long tens = Long.divideUnsigned(value, 10);
    decimal(tens);
    octet('0' + (int) (value - tens * 10));
  }

  /// Appends `value` in hexadecimal without leading zeros.
  void hex(long value, boolean upper) {
    int shift = 60 - (Long.numberOfLeadingZeros(value | 1) & ~3);
    reserve(16);
    for (; shift >= 0; shift -= 4) {
      bytes[size++] = (byte) hexDigit((int) (value >>> shift) & 15, upper);
    }
  }

  static int hexDigit(int nibble, boolean upper) {
    return nibble < 10 ? '0' + nibble : (upper ? 'A' : 'a') + nibble - 10;
  }

  private void reserve(int count) {
    if (bytes.length - size < count) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + count));
    }
  }
}
