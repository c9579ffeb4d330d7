package pytap.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A script's string value: immutable bytes without NUL. Strings compare by unsigned bytes.
///
/// How long one may be is the script's limit ([Limits#textBytes()]) and is kept by whoever makes
/// one.
public final class ByteString implements Comparable<ByteString> {
  public static final ByteString EMPTY = new ByteString(new byte[0]);

  private final byte[] bytes;
  private int hash; // 0: not computed yet

  private ByteString(byte[] bytes) {
    this.bytes = bytes;
  }

  /// A copy of `length` bytes of `source` from `start`.
  public static ByteString of(byte[] source, int start, int length) {
    return length == 0 ? EMPTY : new ByteString(Arrays.copyOfRange(source, start, start + length));
  }

  /// One byte for each character of `text`, its low eight bits.
  public static ByteString ofLatin1(String text) {
    return text.isEmpty() ? EMPTY : new ByteString(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// Takes `bytes` over: nobody may write to them any more.
  static ByteString owning(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new ByteString(bytes);
  }

  public int length() {
    return bytes.length;
  }

  /// The byte at `index`, 0 to 255.
  public int byteAt(int index) {
    return bytes[index] & 0xff;
  }

  public void copyTo(byte[] target, int at) {
    System.arraycopy(bytes, 0, target, at, bytes.length);
  }

  /// This string followed by `other`, cut at `limit` bytes.
  public ByteString concat(ByteString other, int limit) {
    if (other.bytes.length == 0 && bytes.length <= limit) {
      return this;
    }
    if (bytes.length == 0 && other.bytes.length <= limit) {
      return other;
    }
    int kept = Math.min(bytes.length, limit);
    int added = Math.min(other.bytes.length, limit - kept);
    byte[] joined = new byte[kept + added];
    System.arraycopy(bytes, 0, joined, 0, kept);
    System.arraycopy(other.bytes, 0, joined, kept, added);
    return owning(joined);
  }

  /// The bytes from `start` up to and without `end`.
  public ByteString slice(int start, int end) {
    return start == 0 && end == bytes.length ? this : of(bytes, start, end - start);
  }

  /// At most the first `limit` bytes.
  public ByteString cut(int limit) {
    return bytes.length <= limit ? this : of(bytes, 0, limit);
  }

  /// Where `wanted` first stands at or behind `from`, or -1.
  public int indexOf(ByteString wanted, int from) {
    int length = wanted.bytes.length;
    for (int at = from; at + length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + length, wanted.bytes, 0, length)) {
        return at;
      }
    }
    return -1;
  }

  /// Whether it holds exactly the bytes of `other` from `start` up to `end`.
  boolean contentEquals(byte[] other, int start, int end) {
    return Arrays.equals(bytes, 0, bytes.length, other, start, end);
  }

  @Override
  public int compareTo(ByteString other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof ByteString text
            && text.hashCode() == hashCode()
            && Arrays.equals(bytes, text.bytes));
  }

  @Override
  public int hashCode() {
    int known = hash;
    if (known == 0) {
      known = Arrays.hashCode(bytes);
      hash = known;
    }
    return known;
  }

  /// One character for each byte (ISO 8859-1).
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
