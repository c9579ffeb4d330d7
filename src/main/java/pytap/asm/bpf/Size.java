package pytap.asm.bpf;

/// How many bytes a load or store moves.
public enum Size {
  BYTE(1, 0x10, "u8"),
  HALF(2, 0x08, "u16"),
  WORD(4, 0x00, "u32"),
  DOUBLE(8, 0x18, "u64");

  private final int bytes;
  private final int code;
  private final String text;

  Size(int bytes, int code, String text) {
    this.bytes = bytes;
    this.code = code;
    this.text = text;
  }

  public int bytes() {
    return bytes;
  }

  /// The size that moves `bytes` (1, 2, 4 or 8).
  public static Size ofBytes(int bytes) {
    return switch (bytes) {
      case 1 -> BYTE;
      case 2 -> HALF;
      case 4 -> WORD;
      case 8 -> DOUBLE;
      default -> throw new IllegalStateException("no eBPF access of " + bytes + " bytes");
    };
  }

  /// The size bits of an opcode.
  int code() {
    return code;
  }

  static Size ofCode(int opcode) {
    return switch (opcode & 0x18) {
      case 0x10 -> BYTE;
      case 0x08 -> HALF;
      case 0x00 -> WORD;
      default -> DOUBLE;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
