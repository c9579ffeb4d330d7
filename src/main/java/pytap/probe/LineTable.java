package pytap.probe;

/// How a code object maps bytecode offsets to lines. Each form names where its parts lie in the
/// code object (byte offsets); the table itself is a `bytes` object whose size is at `sizeOffset`
/// and whose data begins at `dataOffset` of that object.
///
/// @param form the encoding
/// @param firstLine offset of `co_firstlineno` (4 bytes) in the code object
/// @param table offset of the pointer to the table's bytes object in the code object
/// @param sizeOffset offset of the byte count in the bytes object (`ob_size`)
/// @param dataOffset offset of the data in the bytes object (`ob_sval`)
public record LineTable(Form form, int firstLine, int table, int sizeOffset, int dataOffset) {

  /// The encodings, by the name of the structure that CPython's sources document.
  public enum Form {
    /// 2.7: pairs (address delta u8, line delta u8).
    LNOTAB_UNSIGNED,
    /// 3.6 to 3.9: pairs (address delta u8, line delta s8).
    LNOTAB_SIGNED,
    /// 3.10: pairs (address delta u8, line delta s8; -128 = no line), PEP 626.
    LINETABLE_310,
    /// 3.11 and later: location table entries of variable length.
    LOCATIONS_311
  }
}
