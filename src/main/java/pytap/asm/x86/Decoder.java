package pytap.asm.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.source.FormatException;

/// Decodes x86-64 instructions one at a time.
///
/// What it cannot decode, be it data between functions or an encoding it does not know, is a
/// [FormatException]: a wrong length would put a probe in the middle of an instruction.
public final class Decoder {
  private static final int MAX_LENGTH = 15;

  private final ByteBuffer code;
  private final long start;
  private long address;
  private int at;
  private int prefixes;
  private int rex;
  private OpcodeMap map = OpcodeMap.ONE_BYTE;
  private int opcode;
  private int modrm;
  private int base;
  private int index;
  private int scale;
  private long displacement;
  private boolean ripRelative;
  private long immediate;

  /// @param code machine code, from index 0 to the limit
  /// @param start the address of its first byte
  public Decoder(ByteBuffer code, long start) {
    this.code = code.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.start = start;
  }

  /// The instruction that begins at `address`.
  public Instruction at(long address) throws FormatException {
    if (address < start || address >= start + code.limit()) {
      throw new FormatException("machine code", address, "outside of the code at hand");
    }
    this.address = address;
    at = (int) (address - start);
    reset();
    readPrefixes();
    readOpcode();
    readOperands();
    int length = at - (int) (address - start);
    if (length > MAX_LENGTH) {
      throw odd("an instruction of " + length + " bytes");
    }
    return instruction(length);
  }

  private void reset() {
    prefixes = 0;
    rex = 0;
    map = OpcodeMap.ONE_BYTE;
    modrm = -1;
    base = -1;
    index = -1;
    scale = 1;
    displacement = 0;
    ripRelative = false;
    immediate = 0;
  }

  private void readPrefixes() throws FormatException {
    while (true) {
      opcode = uint8();
      int prefix =
          switch (opcode) {
            case 0x66 -> Instruction.PREFIX_OPERAND_SIZE;
            case 0x67 -> Instruction.PREFIX_ADDRESS_SIZE;
            case 0xf0 -> Instruction.PREFIX_LOCK;
            case 0xf2 -> Instruction.PREFIX_REPNE;
            case 0xf3 -> Instruction.PREFIX_REP;
            case 0x26, 0x2e, 0x36, 0x3e -> Instruction.PREFIX_IGNORED_SEGMENT;
            case 0x64, 0x65 -> Instruction.PREFIX_SEGMENT;
            default -> 0;
          };
      if (prefix == 0) {
        break;
      }
      prefixes |= prefix;
    }
    // A REX prefix counts only directly before the opcode; compilers put it nowhere else.
    if ((opcode & 0xf0) == 0x40) {
      rex = opcode;
      opcode = uint8();
      if (OpcodeForms.ONE_BYTE.charAt(opcode) == 'p' && opcode != 0x0f) {
        throw odd("a prefix after REX");
      }
    }
  }

  private void readOpcode() throws FormatException {
    switch (opcode) {
      case 0x0f -> {
        opcode = uint8();
        map = OpcodeMap.TWO_BYTE;
        if (opcode == 0x38 || opcode == 0x3a) {
          map = opcode == 0x38 ? OpcodeMap.THREE_BYTE_38 : OpcodeMap.THREE_BYTE_3A;
          opcode = uint8();
        }
      }
      case 0xc5 -> {
        int payload = uint8();
        rex = (payload & 0x80) == 0 ? 4 : 0;
        vector(1);
      }
      case 0xc4 -> {
        int payload = uint8();
        rex = (~payload >> 5 & 7) | (uint8() & 0x80) >> 4;
        vector(payload & 0x1f);
      }
      case 0x62 -> {
        int payload = uint8();
        rex = (~payload >> 5 & 7) | (uint8() & 0x80) >> 4;
        uint8();
        vector(payload & 7);
      }
      default -> {}
    }
  }

  private void vector(int mapNumber) throws FormatException {
    prefixes |= Instruction.PREFIX_VECTOR;
    map =
        switch (mapNumber) {
          case 1 -> OpcodeMap.TWO_BYTE;
          case 2 -> OpcodeMap.THREE_BYTE_38;
          case 3 -> OpcodeMap.THREE_BYTE_3A;
          case 5, 6 -> OpcodeMap.EVEX_ONLY;
          default -> throw odd("VEX or EVEX map " + mapNumber);
        };
    opcode = uint8();
  }

  private void readOperands() throws FormatException {
    int operandBytes =
        (rex & 8) != 0 ? 8 : (prefixes & Instruction.PREFIX_OPERAND_SIZE) != 0 ? 2 : 4;
    int shortBytes = Math.min(operandBytes, 4);
    switch (OpcodeForms.form(map, opcode)) {
      case 'n' -> {}
      case 'm' -> readModrm();
      case 'b' -> {
        readModrm();
        immediate = signed(1);
      }
      case 'z' -> {
        readModrm();
        immediate = signed(shortBytes);
      }
      case 'g' -> {
        readModrm();
        if ((modrm >> 3 & 7) < 2) {
          immediate = signed(opcode == 0xf6 ? 1 : shortBytes);
        }
      }
      case 'i', 'r' -> immediate = signed(1);
      case 'I' -> immediate = signed(shortBytes);
      case 'R' -> immediate = signed(4);
      case 'v' -> immediate = signed(operandBytes);
      case 'w' -> immediate = signed(2);
      case 'e' -> {
        immediate = signed(2);
        signed(1);
      }
      case 'o' -> displacement = signed((prefixes & Instruction.PREFIX_ADDRESS_SIZE) != 0 ? 4 : 8);
      default -> throw odd("opcode 0x" + Integer.toHexString(opcode) + " of table " + map);
    }
  }

  private void readModrm() throws FormatException {
    modrm = uint8();
    int mode = modrm >> 6;
    int low = modrm & 7;
    if (mode == 3) {
      return;
    }
    boolean wide = false;
    if (low == 4) {
      int sib = uint8();
      int indexBits = (sib >> 3 & 7) | (rex & 2) << 2;
      index = indexBits == 4 ? -1 : indexBits;
      scale = 1 << (sib >> 6);
      boolean noBase = (sib & 7) == 5 && mode == 0;
      base = noBase ? -1 : (sib & 7) | (rex & 1) << 3;
      wide = noBase;
    } else if (low == 5 && mode == 0) {
      ripRelative = true;
      wide = true;
    } else {
      base = low | (rex & 1) << 3;
    }
    if (mode == 1) {
      displacement = signed(1);
    } else if (mode == 2 || wide) {
      displacement = signed(4);
    }
  }

  private Instruction instruction(int length) {
    Branch branch = branch();
    boolean relative = branch.jumps() || branch == Branch.CALL;
    return new Instruction(
        address,
        length,
        map,
        opcode,
        prefixes,
        rex,
        modrm,
        memory(length),
        immediate,
        branch,
        relative ? OptionalLong.of(address + length + immediate) : OptionalLong.empty());
  }

  private Optional<MemoryOperand> memory(int length) {
    boolean direct = map == OpcodeMap.ONE_BYTE && (opcode & 0xfc) == 0xa0;
    if (!direct && (modrm < 0 || modrm >= 0xc0)) {
      return Optional.empty();
    }
    return Optional.of(
        new MemoryOperand(
            base < 0 ? Optional.empty() : Optional.of(GeneralRegister.of(base)),
            index < 0 ? Optional.empty() : Optional.of(GeneralRegister.of(index)),
            scale,
            ripRelative ? address + length + displacement : displacement,
            base < 0 && index < 0,
            (prefixes & Instruction.PREFIX_SEGMENT) != 0));
  }

  private Branch branch() {
    if (map == OpcodeMap.TWO_BYTE && (prefixes & Instruction.PREFIX_VECTOR) == 0) {
      return (opcode & 0xf0) == 0x80
          ? Branch.CONDITIONAL
          : opcode == 0x0b || opcode == 0xff || opcode == 0xb9 ? Branch.STOP : Branch.NONE;
    }
    if (map != OpcodeMap.ONE_BYTE) {
      return Branch.NONE;
    }
    return switch (opcode) {
      case 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77 -> Branch.CONDITIONAL;
      case 0x78, 0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f -> Branch.CONDITIONAL;
      case 0xe0, 0xe1, 0xe2, 0xe3 -> Branch.CONDITIONAL;
      case 0xe8 -> Branch.CALL;
      case 0xe9, 0xeb -> Branch.JUMP;
      case 0xc2, 0xc3, 0xca, 0xcb, 0xcf -> Branch.RETURN;
      case 0xcc, 0xf4 -> Branch.STOP;
      case 0xff ->
          switch (modrm >> 3 & 7) {
            case 2, 3 -> Branch.CALL_INDIRECT;
            case 4, 5 -> Branch.JUMP_INDIRECT;
            default -> Branch.NONE;
          };
      default -> Branch.NONE;
    };
  }

  private int uint8() throws FormatException {
    if (at >= code.limit()) {
      throw odd("an instruction cut short");
    }
    return code.get(at++) & 0xff;
  }

  private long signed(int widthBytes) throws FormatException {
    if (at + widthBytes > code.limit()) {
      throw odd("an instruction cut short");
    }
    int from = at;
    at += widthBytes;
    return switch (widthBytes) {
      case 1 -> code.get(from);
      case 2 -> code.getShort(from);
      case 4 -> code.getInt(from);
      case 8 -> code.getLong(from);
      default -> throw new IllegalStateException("an immediate of " + widthBytes + " bytes");
    };
  }

  private FormatException odd(String found) {
    return new FormatException("machine code", address, found);
  }
}
