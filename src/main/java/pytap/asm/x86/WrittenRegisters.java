package pytap.asm.x86;

import java.util.Optional;

/// Which general registers an instruction may change. Where the table is not sure it says more
/// rather than less.
public final class WrittenRegisters {
  private static final int ALL = 0xffff;
  private static final int RAX = GeneralRegister.RAX.bit();
  private static final int RCX = GeneralRegister.RCX.bit();
  private static final int RDX = GeneralRegister.RDX.bit();
  private static final int RBX = GeneralRegister.RBX.bit();
  private static final int RSP = GeneralRegister.RSP.bit();
  private static final int RBP = GeneralRegister.RBP.bit();
  private static final int STRING = RCX | GeneralRegister.RSI.bit() | GeneralRegister.RDI.bit();

  private WrittenRegisters() {}

  /// The set as bits ([GeneralRegister#bit]). After a call it is the caller-saved registers.
  public static int of(Instruction it) {
    return switch (it.map()) {
      case ONE_BYTE -> oneByte(it);
      case TWO_BYTE -> twoByte(it);
      case THREE_BYTE_38 -> (it.opcode() & 0xf0) == 0xf0 ? ALL & ~RSP : 0;
      case THREE_BYTE_3A -> it.opcode() == 0xf0 ? register(it) : other(it);
      case EVEX_ONLY -> other(it);
    };
  }

  /// Whether `it` may change `register`.
  public static boolean contain(Instruction it, GeneralRegister register) {
    return (of(it) & register.bit()) != 0;
  }

  private static int oneByte(Instruction it) {
    int opcode = it.opcode();
    if (opcode < 0x40) {
      return opcode >= 0x38
          ? 0
          : switch (opcode & 7) {
            case 0, 1 -> other(it);
            case 2, 3 -> register(it);
            default -> RAX;
          };
    }
    return switch (opcode & 0xf8) {
      case 0x50 -> RSP;
      case 0x58 -> RSP | it.opcodeRegister().bit();
      case 0x70, 0x78 -> 0;
      case 0x90 -> it.isOneByte(0x90) && it.rex() == 0 ? 0 : oneByteNineties(it);
      case 0xb0 -> byteRegister(it, opcode & 7, it.rex() & 1);
      case 0xb8 -> it.opcodeRegister().bit();
      default -> oneByteSingle(it);
    };
  }

  private static int oneByteNineties(Instruction it) {
    return RAX | it.opcodeRegister().bit();
  }

  private static int oneByteSingle(Instruction it) {
    return switch (it.opcode()) {
      case 0x63, 0x69, 0x6b, 0x8a, 0x8b, 0x8d -> register(it);
      case 0x68, 0x6a, 0x9c, 0x9d -> RSP;
      case 0x6c, 0x6d, 0x6e, 0x6f, 0xa4, 0xa5, 0xa6, 0xa7 -> STRING;
      case 0x80, 0x81, 0x83 -> it.extension() == 7 ? 0 : other(it);
      case 0x84, 0x85, 0xa2, 0xa3, 0xa8, 0xa9 -> 0;
      case 0x86, 0x87 -> register(it) | other(it);
      case 0x88, 0x89, 0xc0, 0xc1, 0xc6, 0xc7, 0xd0, 0xd1, 0xd2, 0xd3 -> other(it);
      case 0x8c -> other(it);
      case 0x8e, 0x9b, 0x9e -> 0;
      case 0x8f -> other(it) | RSP;
      case 0x98, 0x9f, 0xa0, 0xa1 -> RAX;
      case 0x99 -> RDX;
      case 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf -> STRING | RAX;
      case 0xc2, 0xc3 -> RSP;
      case 0xc8, 0xc9 -> RSP | RBP;
      case 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde -> 0;
      case 0xdf -> RAX;
      case 0xe0, 0xe1, 0xe2 -> RCX;
      case 0xe3, 0xe9, 0xeb, 0xcc, 0xf4, 0xf5, 0xf8, 0xf9, 0xfc, 0xfd -> 0;
      case 0xe8 -> GeneralRegister.callerSaved();
      case 0xf6, 0xf7 ->
          switch (it.extension()) {
            case 0, 1 -> 0;
            case 2, 3 -> other(it);
            default -> RAX | RDX;
          };
      case 0xfe -> other(it);
      case 0xff ->
          switch (it.extension()) {
            case 0, 1 -> other(it);
            case 2, 3 -> GeneralRegister.callerSaved();
            case 6 -> RSP;
            default -> 0;
          };
      default -> ALL;
    };
  }

  private static int twoByte(Instruction it) {
    int opcode = it.opcode();
    return switch (opcode & 0xf0) {
      case 0x10, 0x60, 0x80, 0xe0, 0xf0 -> 0;
      case 0x20 -> opcode == 0x2c || opcode == 0x2d ? register(it) : opcode < 0x28 ? ALL : 0;
      case 0x40 -> register(it);
      case 0x50 -> opcode == 0x50 ? register(it) : 0;
      case 0x70 -> opcode == 0x7e ? other(it) : 0;
      case 0x90 -> other(it);
      case 0xd0 -> opcode == 0xd7 ? register(it) : 0;
      default -> twoByteSingle(it);
    };
  }

  private static int twoByteSingle(Instruction it) {
    return switch (it.opcode()) {
      case 0x01, 0x31 -> RAX | RDX | RCX;
      case 0x05 -> RAX | RCX | GeneralRegister.R11.bit();
      case 0x0b, 0x0d, 0xa3 -> 0;
      case 0xa2 -> RAX | RBX | RCX | RDX;
      case 0xa4, 0xa5, 0xab, 0xac, 0xad, 0xb3, 0xbb -> other(it);
      case 0xae -> other(it);
      case 0xaf, 0xb6, 0xb7, 0xb8, 0xbc, 0xbd, 0xbe, 0xbf, 0xc5 -> register(it);
      case 0xb0, 0xb1 -> other(it) | RAX;
      case 0xba -> it.extension() == 4 ? 0 : other(it);
      case 0xc0, 0xc1 -> register(it) | other(it);
      case 0xc2, 0xc3, 0xc4, 0xc6 -> 0;
      case 0xc7 -> other(it) | RAX | RDX;
      case 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf -> it.opcodeRegister().bit();
      default -> ALL;
    };
  }

  private static int register(Instruction it) {
    return isByteForm(it)
        ? byteRegister(it, it.modrm() >> 3 & 7, it.rex() >> 2 & 1)
        : it.register().bit();
  }

  private static int other(Instruction it) {
    Optional<GeneralRegister> other = it.otherRegister();
    if (other.isEmpty()) {
      return 0;
    }
    return isByteForm(it) ? byteRegister(it, it.modrm() & 7, it.rex() & 1) : other.get().bit();
  }

  /// Without a REX prefix the byte registers 4 to 7 are `ah`, `ch`, `dh`, `bh`.
  private static int byteRegister(Instruction it, int low, int high) {
    return 1 << (it.rex() == 0 && low >= 4 ? low - 4 : low | high << 3);
  }

  private static boolean isByteForm(Instruction it) {
    if (it.map() == OpcodeMap.ONE_BYTE) {
      int opcode = it.opcode();
      return opcode < 0x40
          ? (opcode & 1) == 0
          : switch (opcode) {
            case 0x80, 0x86, 0x88, 0x8a, 0xc0, 0xc6, 0xd0, 0xd2, 0xf6, 0xfe -> true;
            default -> false;
          };
    }
    return (it.opcode() & 0xf0) == 0x90 || it.opcode() == 0xb0 || it.opcode() == 0xc0;
  }
}
