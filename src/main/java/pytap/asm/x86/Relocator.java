package pytap.asm.x86;

import java.nio.ByteBuffer;
import pytap.source.FormatException;

/// Makes instructions that stood at one address run at another, with the same effect on registers,
/// flags, stack and memory.
///
/// A call pushes the address of what follows it in its old place, never one in its new place: who
/// returns may do so long after, on another stack, or be an unwinder that looks for tables.
public final class Relocator {
  /// Two GiB less what a piece of code may take.
  private static final long REACH_BYTES = Integer.MAX_VALUE - (1L << 20);

  private static final int SHORT_JUMP_BYTES = 2;
  private static final int LONG_JUMP_BYTES = 5;

  private final Assembler code;
  private final byte[] bytes;
  private final long address;
  private final long place;

  private Relocator(Assembler code, byte[] bytes, long address, long place) {
    this.code = code;
    this.bytes = bytes;
    this.address = address;
    this.place = place;
  }

  /// Appends `original`, which stood at `address`, and, where control leaves its end, a jump to
  /// what follows it there.
  ///
  /// @param code made with an origin
  /// @param place an address within `code`, to tell what is out of reach
  /// @throws FormatException where that is not possible, with the instruction's old address
  public static void relocate(Assembler code, MachineCode original, long address, long place)
      throws FormatException {
    new Relocator(code, original.toArray(), address, place).relocate();
  }

  private void relocate() throws FormatException {
    Decoder decoder = new Decoder(ByteBuffer.wrap(bytes), address);
    long end = address + bytes.length;
    requireReach(address, end);
    for (long at = address; at < end; ) {
      Instruction it = decoder.at(at);
      one(it, it.next() == end);
      boolean returns = it.branch() == Branch.CALL || it.branch() == Branch.CALL_INDIRECT;
      if (!it.branch().fallsThrough() || returns) {
        return;
      }
      at = it.next();
    }
    code.jumpTo(end);
  }

  private void one(Instruction it, boolean last) throws FormatException {
    requireKnown(it);
    switch (it.branch()) {
      case NONE, RETURN, JUMP_INDIRECT -> copy(it, -1);
      case JUMP -> code.jumpTo(target(it));
      case CONDITIONAL -> conditional(it);
      case CALL -> {
        requireLast(it, last);
        push(it.next());
        code.jumpTo(target(it));
      }
      case CALL_INDIRECT -> {
        requireLast(it, last);
        requireNoStackOperand(it);
        push(it.next());
        copy(it, 4);
      }
      case STOP -> throw odd(it, "an instruction that stops");
    }
  }

  private void requireKnown(Instruction it) throws FormatException {
    boolean relative = it.target().isPresent();
    if (relative && it.has(Instruction.PREFIX_OPERAND_SIZE)) {
      throw odd(it, "a branch with an operand-size prefix");
    }
    boolean far = it.isOneByte(0xff) && (it.extension() == 3 || it.extension() == 5);
    boolean transaction =
        (it.isOneByte(0xc7) || it.isOneByte(0xc6)) && it.extension() == 7 && it.modrm() >= 0xc0;
    boolean kernel =
        it.isOneByte(0xcd)
            || it.isOneByte(0xf1)
            || it.isOneByte(0xca)
            || it.isOneByte(0xcb)
            || it.isOneByte(0xcf)
            || (it.map() == OpcodeMap.TWO_BYTE
                && (it.opcode() == 0x05 || it.opcode() == 0x34)
                && !it.has(Instruction.PREFIX_VECTOR));
    if (far || transaction || kernel) {
      throw odd(it, "an instruction that leaves in an unusual way");
    }
  }

  private void requireLast(Instruction it, boolean last) throws FormatException {
    if (!last) {
      throw odd(it, "a call that returns to displaced instructions");
    }
  }

  private void requireNoStackOperand(Instruction it) throws FormatException {
    boolean register = it.otherRegister().filter(GeneralRegister.RSP::equals).isPresent();
    boolean memory =
        it.memory().flatMap(MemoryOperand::base).filter(GeneralRegister.RSP::equals).isPresent();
    if (register || memory) {
      throw odd(it, "a call through the stack pointer");
    }
  }

  /// `jcc`; `loop` and `jrcxz` know only 8 bits of distance and jump over a jump.
  private void conditional(Instruction it) throws FormatException {
    long target = target(it);
    boolean counts = it.map() == OpcodeMap.ONE_BYTE && (it.opcode() & 0xf0) == 0xe0;
    if (!counts) {
      code.jumpIfTo(Condition.values()[it.opcode() & 15], target);
      return;
    }
    if (it.has(Instruction.PREFIX_ADDRESS_SIZE)) {
      code.bytes(0x67);
    }
    code.bytes(it.opcode(), SHORT_JUMP_BYTES, 0xeb, LONG_JUMP_BYTES);
    code.jumpTo(target);
  }

  /// The destination in the old place's terms, which is where it still is.
  private long target(Instruction it) throws FormatException {
    long target = it.target().orElseThrow();
    if (target > address && target < address + bytes.length) {
      throw odd(it, "a branch among displaced instructions");
    }
    requireReach(it.address(), target);
    return target;
  }

  /// No flag and no register changes.
  private void push(long value) {
    code.lea(GeneralRegister.RSP, GeneralRegister.RSP, -8);
    code.storeImmediate(4, GeneralRegister.RSP, 0, (int) value);
    code.storeImmediate(4, GeneralRegister.RSP, 4, (int) (value >> 32));
  }

  /// The bytes, with the distance of an operand relative to `%rip` made right.
  ///
  /// @param extension the middle bits of ModRM to put in; -1: as they are
  private void copy(Instruction it, int extension) throws FormatException {
    int start = (int) (it.address() - address);
    int trailing = trailingBytes(it);
    boolean relative = it.modrm() >= 0 && (it.modrm() & 0xc7) == 5;
    int end = start + it.length() - (relative ? trailing + 4 : 0);
    for (int i = start; i < end; i++) {
      boolean modrm = extension >= 0 && i == modrmAt(it, start, relative, end);
      code.bytes(modrm ? bytes[i] & 0xc7 | extension << 3 : bytes[i] & 0xff);
    }
    if (!relative) {
      return;
    }
    if (it.has(Instruction.PREFIX_ADDRESS_SIZE)) {
      throw odd(it, "an operand relative to %eip");
    }
    long operand = it.memory().orElseThrow().displacement();
    requireReach(it.address(), operand);
    code.outside(operand, trailing);
    for (int i = end + 4; i < end + 4 + trailing; i++) {
      code.bytes(bytes[i] & 0xff);
    }
  }

  /// Of `ff /2`, which has one opcode byte and prefixes before it.
  private int modrmAt(Instruction it, int start, boolean relative, int end) {
    if (relative) {
      return end - 1;
    }
    int at = start;
    while ((bytes[at] & 0xff) != 0xff) {
      at++;
    }
    return it.modrm() >= 0 ? at + 1 : -1;
  }

  private static int trailingBytes(Instruction it) {
    int full = Math.min(it.operandBytes(), 4);
    return switch (OpcodeForms.form(it.map(), it.opcode())) {
      case 'b' -> 1;
      case 'z' -> full;
      case 'g' -> it.extension() >= 2 ? 0 : it.opcode() == 0xf6 ? 1 : full;
      default -> 0;
    };
  }

  private void requireReach(long at, long target) throws FormatException {
    if (Math.abs(target - place) > REACH_BYTES) {
      throw new FormatException(
          "displaced instruction", at, "0x" + Long.toHexString(target) + " is out of reach");
    }
  }

  private static FormatException odd(Instruction it, String found) {
    return new FormatException("displaced instruction", it.address(), found);
  }
}
