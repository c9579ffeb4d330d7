package pytap.asm.x86;

import java.util.Optional;
import java.util.OptionalLong;

/// One decoded instruction.
///
/// @param address where it stands
/// @param length bytes, 1 to 15
/// @param prefixes what stood before the opcode, bits `PREFIX_…`
/// @param rex the REX byte, or the equivalent bits of a VEX or EVEX prefix; 0 when there is none
/// @param modrm the ModRM byte, -1 when there is none
/// @param memory the memory operand, where ModRM or the opcode gives one
/// @param immediate sign-extended; 0 when there is none
/// @param target the destination of a relative jump or call
public record Instruction(
    long address,
    int length,
    OpcodeMap map,
    int opcode,
    int prefixes,
    int rex,
    int modrm,
    Optional<MemoryOperand> memory,
    long immediate,
    Branch branch,
    OptionalLong target) {
  public static final int PREFIX_OPERAND_SIZE = 1;
  public static final int PREFIX_ADDRESS_SIZE = 2;
  public static final int PREFIX_LOCK = 4;
  public static final int PREFIX_REPNE = 8;
  public static final int PREFIX_REP = 16;

  /// An `%es`, `%cs`, `%ss` or `%ds` override, which means nothing in 64-bit mode (or `notrack`).
  public static final int PREFIX_IGNORED_SEGMENT = 32;

  /// An `%fs` or `%gs` override.
  public static final int PREFIX_SEGMENT = 64;

  /// A VEX or EVEX prefix.
  public static final int PREFIX_VECTOR = 128;

  private static final int REX_W = 8;
  private static final int REX_B_ONLY = 0x41;

  /// The address of the instruction that follows in memory.
  public long next() {
    return address + length;
  }

  public boolean has(int prefix) {
    return (prefixes & prefix) != 0;
  }

  /// Whether this is opcode `opcode` of the one-byte table.
  public boolean isOneByte(int opcode) {
    return map == OpcodeMap.ONE_BYTE && this.opcode == opcode;
  }

  /// Width of the operands of an ordinary integer instruction: 8, 4 or 2 bytes.
  public int operandBytes() {
    return (rex & REX_W) != 0 ? 8 : has(PREFIX_OPERAND_SIZE) ? 2 : 4;
  }

  /// The three middle bits of ModRM: an opcode extension in the group opcodes.
  public int extension() {
    return modrm >> 3 & 7;
  }

  /// The general register that ModRM's middle bits name.
  public GeneralRegister register() {
    return GeneralRegister.of((modrm >> 3 & 7) | (rex & 4) << 1);
  }

  /// The general register that ModRM's low bits name, where they do not name memory.
  public Optional<GeneralRegister> otherRegister() {
    return modrm >= 0xc0
        ? Optional.of(GeneralRegister.of((modrm & 7) | (rex & 1) << 3))
        : Optional.empty();
  }

  /// The general register in the low bits of the opcode itself (`push`, `pop`, `mov imm`).
  public GeneralRegister opcodeRegister() {
    return GeneralRegister.of((opcode & 7) | (rex & 1) << 3);
  }

  /// Whether the kernel emulates this instruction when a uprobe stands on it, rather than
  /// single-stepping a copy. True for what every kernel since Linux 3.18 (pushes: 4.16) emulates:
  /// `nop` (`90` with prefixes), relative `jmp`, `jcc` and `call`, `push` of a 64-bit register
  /// (Linux 6.6 arch/x86/kernel/uprobes.c, `branch_setup_xol_ops` and `push_setup_xol_ops`).
  public boolean emulated() {
    if (refused() || map == OpcodeMap.EVEX_ONLY || has(PREFIX_VECTOR)) {
      return false;
    }
    if (isOneByte(0x90)) {
      return rex == 0;
    }
    if (map == OpcodeMap.ONE_BYTE && (opcode & 0xf8) == 0x50) {
      return length == 1 || (length == 2 && rex == REX_B_ONLY);
    }
    boolean relative =
        branch == Branch.JUMP
            || branch == Branch.CALL
            || (branch == Branch.CONDITIONAL && (opcode & 0xf0) != 0xe0);
    return relative && !has(PREFIX_OPERAND_SIZE);
  }

  /// Whether the kernel refuses a uprobe here because of a prefix (`is_prefix_bad` in the same
  /// file): attaching fails or, for a file not yet mapped, silently never fires.
  public boolean refused() {
    return has(PREFIX_LOCK)
        || has(PREFIX_IGNORED_SEGMENT)
        || (branch.jumps() && has(PREFIX_OPERAND_SIZE))
        || (branch == Branch.CALL && has(PREFIX_OPERAND_SIZE));
  }
}
