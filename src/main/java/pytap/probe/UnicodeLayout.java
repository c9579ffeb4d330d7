package pytap.probe;

/// How the text of a Python string object is laid out in one CPython build. All offsets are bytes
/// from the start of the object.
public sealed interface UnicodeLayout {

  /// CPython 3: PEP 393 strings. `kind = (state >> kindBit) & 7` bytes per character (1, 2, 4),
  /// compact and ASCII the two bits above it of the 32-bit state. Compact data follows the head
  /// directly.
  ///
  /// @param length offset of the character count (8 bytes)
  /// @param state offset of the 4-byte state word
  /// @param asciiData offset of the characters when compact and ASCII
  /// @param compactData offset of the characters when compact and not ASCII (Latin-1, UCS-2, UCS-4)
  /// @param kindBit 2; 8 in free-threaded builds
  record Pep393(int length, int state, int asciiData, int compactData, int kindBit)
      implements UnicodeLayout {
    public Pep393(int length, int state, int asciiData, int compactData) {
      this(length, state, asciiData, compactData, 2);
    }
  }

  /// CPython 2.7: `str` objects, bytes with a length in `ob_size`.
  ///
  /// @param length offset of the byte count (8 bytes)
  /// @param data offset of the first byte
  record Bytes(int length, int data) implements UnicodeLayout {}
}
