package pytap.asm.x86;

/// The table in which an opcode byte is looked up.
public enum OpcodeMap {
  ONE_BYTE,
  /// `0f xx`, and VEX or EVEX map 1.
  TWO_BYTE,
  /// `0f 38 xx`, and map 2.
  THREE_BYTE_38,
  /// `0f 3a xx`, and map 3.
  THREE_BYTE_3A,
  /// EVEX maps 5 and 6.
  EVEX_ONLY
}
