package pytap.asm.bpf;

/// One 8-byte slot of eBPF code. A 64-bit immediate load takes two slots: the first has code
/// [#LOAD_IMMEDIATE_64], the second has code 0 and the upper half as its immediate.
///
/// @param code operation, 0 to 255
/// @param dst destination register number
/// @param src source register number, or what kind of immediate this is
/// @param off signed 16-bit offset: of a memory access in bytes, of a jump in slots
/// @param imm signed 32-bit immediate
public record Insn(int code, int dst, int src, int off, int imm) {

  /// Bytes per slot.
  public static final int BYTES = 8;

  static final int LD = 0x00;
  static final int LDX = 0x01;
  static final int ST = 0x02;
  static final int STX = 0x03;
  static final int ALU = 0x04;
  static final int JMP = 0x05;
  static final int JMP32 = 0x06;
  static final int ALU64 = 0x07;

  /// The operand is a register, not the immediate.
  static final int SOURCE_REGISTER = 0x08;

  static final int MODE_MEMORY = 0x60;
  static final int MODE_ATOMIC = 0xc0;

  static final int LOAD_IMMEDIATE_64 = 0x18;
  static final int GOTO = 0x05;
  static final int CALL = 0x85;
  static final int EXIT = 0x95;

  /// `src` of [#LOAD_IMMEDIATE_64]: the immediate is a map's file descriptor.
  static final int PSEUDO_MAP_FD = 1;

  /// `src` of [#LOAD_IMMEDIATE_64]: an address inside the only value of an array map.
  static final int PSEUDO_MAP_VALUE = 2;

  /// `src` of [#LOAD_IMMEDIATE_64]: a subprogram's address, as a callback.
  static final int PSEUDO_FUNC = 4;

  /// `src` of [#CALL]: the immediate is the distance to a subprogram.
  static final int PSEUDO_CALL = 1;

  public Insn {
    if (code < 0 || code > 0xff || dst < 0 || dst > 10 || src < 0 || src > 10) {
      throw new IllegalStateException("eBPF instruction " + code + " " + dst + " " + src);
    }
    if (off != (short) off) {
      throw new IllegalStateException("eBPF offset " + off + " does not fit 16 bits");
    }
  }

  /// The low three bits: what kind of instruction.
  int kind() {
    return code & 0x07;
  }

  boolean isLoadImmediate64() {
    return code == LOAD_IMMEDIATE_64;
  }

  void encode(byte[] into, int at) {
    into[at] = (byte) code;
    into[at + 1] = (byte) (dst | src << 4);
    into[at + 2] = (byte) off;
    into[at + 3] = (byte) (off >> 8);
    into[at + 4] = (byte) imm;
    into[at + 5] = (byte) (imm >> 8);
    into[at + 6] = (byte) (imm >> 16);
    into[at + 7] = (byte) (imm >> 24);
  }
}
