package pytap.runtime;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Gives the same [ByteString] again for text that was seen before: function and file names repeat,
/// and a known string costs neither allocation nor transcoding and has its hash at hand.
///
/// One place for each hash; a newcomer displaces what stood there.
final class TextCache {
  private static final int PLACES = 2048;

  private final TextDecoder decoder;
  private final ByteString[] raw = new ByteString[PLACES];
  private final ByteString[] decoded = new ByteString[PLACES];
  private final byte[] kinds = new byte[PLACES];

  TextCache(int maxBytes) {
    decoder = new TextDecoder(maxBytes);
    Arrays.fill(raw, ByteString.EMPTY);
    Arrays.fill(decoded, ByteString.EMPTY);
  }

  /// The text whose captured bytes stand in `bytes` from `start` up to `end`.
  ///
  /// @param view the same bytes, little-endian
  /// @param kind how to read them, as in [TextDecoder]
  ByteString text(byte[] bytes, ByteBuffer view, int start, int end, int kind) {
    int place = hash(bytes, view, start, end) & (PLACES - 1);
    if (kinds[place] == kind && raw[place].contentEquals(bytes, start, end)) {
      return decoded[place];
    }
    ByteString text = decoder.decode(bytes, start, end, kind);
    boolean same = text.contentEquals(bytes, start, end);
    raw[place] = same ? text : ByteString.of(bytes, start, end - start);
    decoded[place] = text;
    kinds[place] = (byte) kind;
    return text;
  }

  private static int hash(byte[] bytes, ByteBuffer view, int start, int end) {
    long mixed = (long) end - start;
    int at = start;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      mixed = (mixed ^ view.getLong(at)) * 0x9E3779B97F4A7C15L; // 2^64 / golden ratio, odd
      mixed ^= mixed >>> 29;
    }
    for (; at < end; at++) {
      mixed = (mixed ^ bytes[at]) * 0x9E3779B97F4A7C15L;
    }
    return (int) (mixed >>> 32);
  }
}
