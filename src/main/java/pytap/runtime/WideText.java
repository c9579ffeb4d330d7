package pytap.runtime;

import java.util.Locale;

/// Reads text of two and four bytes a character, and buffers that may hold NUL, from the target's
/// memory when the handler runs.
public final class WideText {
  private WideText() {}

  public static ByteString userStringUtf16(long address, Machine machine, Site site) {
    return decode(address, 2, machine, site);
  }

  public static ByteString userStringUtf32(long address, Machine machine, Site site) {
    return decode(address, 4, machine, site);
  }

  public static ByteString userStringUtf16(
      long address, ByteString instead, Machine machine, Site site) {
    return decodeOr(address, 2, instead, machine, site);
  }

  public static ByteString userStringUtf32(
      long address, ByteString instead, Machine machine, Site site) {
    return decodeOr(address, 4, instead, machine, site);
  }

  public static ByteString userString2Utf16(
      long address, ByteString instead, Machine machine, Site site) {
    return decodeOr(address, 2, instead, machine, site);
  }

  public static ByteString userString2Utf32(
      long address, ByteString instead, Machine machine, Site site) {
    return decodeOr(address, 4, instead, machine, site);
  }

  public static ByteString userStringQuotedUtf16(long address, Machine machine, Site site) {
    return quotedOrAddress(address, 2, machine, site);
  }

  public static ByteString userStringQuotedUtf32(long address, Machine machine, Site site) {
    return quotedOrAddress(address, 4, machine, site);
  }

  private static ByteString decodeOr(
      long address, int width, ByteString instead, Machine machine, Site site) {
    try {
      return decode(address, width, machine, site);
    } catch (ScriptError unreadable) {
      return instead;
    }
  }

  private static ByteString quotedOrAddress(long address, int width, Machine machine, Site site) {
    try {
      return QuotedText.stringQuoted(decode(address, width, machine, site), machine);
    } catch (ScriptError unreadable) {
      return MemoryFunctions.address(address);
    }
  }

  /// UTF-8 of the characters from `address` up to a 0; ends before a character that finds no room.
  private static ByteString decode(long address, int width, Machine machine, Site site) {
    OutputBuffer out = machine.scratch();
    long at = address;
    int character = unit(at, width, machine, site);
    while (character != 0) {
      long first = at;
      at += width;
      if (width == 2 && Character.isHighSurrogate((char) character)) {
        int low = unit(at, width, machine, site);
        if (Character.isLowSurrogate((char) low)) {
          character = Character.toCodePoint((char) character, (char) low);
          at += width;
        }
      }
      if (!Character.isValidCodePoint(character) || (character & ~0x7ff) == 0xd800) {
        String number = Integer.toHexString(character).toUpperCase(Locale.ROOT);
        String kind = width == 2 ? "UTF-16" : "UTF-32";
        throw ScriptError.at(
            site, "invalid " + kind + " character U+" + number + " at " + LateReader.hex(first));
      }
      int length = Utf8.lengthOf(character);
      if (out.size() + length > machine.textBytes) {
        break;
      }
      Utf8.append(character, out);
      character = unit(at, width, machine, site);
    }
    return machine.scratchText();
  }

  private static int unit(long address, int width, Machine machine, Site site) {
    if (machine.reader.faultsInteger(address, width)) {
      throw ScriptError.at(site, "user string copy fault at " + LateReader.hex(address));
    }
    return (int) machine.reader.integer(address, width) & (width == 2 ? 0xffff : -1);
  }

  /// `length` bytes in quotes, NUL among them; the address where they are unreadable.
  public static ByteString userBufferQuoted(
      long address, long length, long outputLength, Machine machine, Site site) {
    int limit = (int) Math.clamp(outputLength, 0L, (long) machine.textBytes + 1);
    if (limit == 0) {
      return ByteString.EMPTY;
    }
    byte[] bytes = new byte[inputBytes(length, machine)];
    return machine.reader.read(address, bytes, bytes.length) < bytes.length
        ? MemoryFunctions.address(address).cut(limit - 1)
        : QuotedText.render(ByteString.owning(bytes), limit, true, true, machine);
  }

  /// The same; a run-time error where they are unreadable.
  public static ByteString userBufferQuotedError(
      long address, long length, long outputLength, Machine machine, Site site) {
    int limit = (int) Math.clamp(outputLength, 0L, (long) machine.textBytes + 1);
    byte[] bytes = new byte[inputBytes(length, machine)];
    if (limit == 0 || machine.reader.read(address, bytes, bytes.length) < bytes.length) {
      throw ScriptError.at(site, "Unable to access user space data at " + LateReader.hex(address));
    }
    return QuotedText.render(ByteString.owning(bytes), limit, true, true, machine);
  }

  private static int inputBytes(long length, Machine machine) {
    return length <= 0 || length > machine.textBytes ? machine.textBytes : (int) length;
  }
}
