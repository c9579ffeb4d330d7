package pytap.asm.x86;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import pytap.source.FormatException;

/// A stretch of machine code, gone through once from its first byte to its last: where instructions
/// begin, where the jumps go, which addresses are named. An [Instruction] is made of one when it is
/// asked for.
///
/// A function of a hundred thousand bytes is swept before the JVM has compiled anything, so the way
/// of the usual instruction is short and makes no objects; an unusual one is left to the [Decoder],
/// with which the sweep always agrees.
public final class Sweep {
  /// How an instruction names an address: it is all there is of a memory operand.
  public static final int WHOLE = 1;

  /// An index may be added to it.
  public static final int WITHOUT_BASE = 2;

  /// It is added to an index that counts words.
  public static final int WORDS = 4;

  /// It is called.
  public static final int CALLED = 8;

  /// It is an immediate operand of four bytes or more.
  public static final int IMMEDIATE = 16;

  /// Displacements from here on are beyond the fields of all but the largest structures.
  public static final int FAR = 0x1000;

  private static final byte[] ONE_BYTE = OpcodeForms.ONE_BYTE.getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] TWO_BYTE = OpcodeForms.TWO_BYTE.getBytes(StandardCharsets.ISO_8859_1);
  private static final int NONE = Branch.NONE.ordinal();
  private static final int CONDITIONAL = Branch.CONDITIONAL.ordinal();
  private static final int JUMP = Branch.JUMP.ordinal();
  private static final int CALL = Branch.CALL.ordinal();
  private static final int FAR_BIT = 0x80;
  private static final int LONGEST = 15;
  private static final byte STORE = (byte) 0x89;

  private final byte[] code;
  private final long start;
  private final Decoder decoder;

  /// For each byte at which an instruction begins its length, [Branch] times 16, and [#FAR_BIT].
  private final byte[] kinds;

  private final Instruction[] made;

  /// For each byte the last jump that leads to it, counted from 1; each jump has the one before.
  private final int[] lastTo;

  private int jumps;
  private int[] jumpFrom = new int[1024];
  private int[] jumpTo = new int[1024];
  private int[] jumpBefore = new int[1024];
  private int names;
  private int[] namedBy = new int[1024];
  private int[] namedHow = new int[1024];
  private long[] named = new long[1024];

  private Sweep(ByteBuffer bytes, long start) {
    code = new byte[bytes.limit()];
    bytes.get(0, code);
    this.start = start;
    decoder = new Decoder(ByteBuffer.wrap(code), start);
    kinds = new byte[code.length];
    made = new Instruction[code.length];
    lastTo = new int[code.length];
  }

  /// @param bytes machine code, from index 0 to the limit, which is where an instruction ends
  /// @param start the address of its first byte
  /// @throws FormatException where the [Decoder] does
  public static Sweep of(ByteBuffer bytes, long start) throws FormatException {
    Sweep sweep = new Sweep(bytes, start);
    int end = sweep.code.length;
    // What is near the end may be cut short, which is the decoder's to say.
    int usual = end - 2 * LONGEST;
    int at = 0;
    while (at < usual) {
      at = sweep.read(at);
    }
    while (at < end) {
      at = sweep.readUnusual(at);
    }
    return sweep;
  }

  public long start() {
    return start;
  }

  /// The address behind the last byte.
  public long end() {
    return start + code.length;
  }

  public boolean contains(long address) {
    return address >= start && address < start + code.length;
  }

  /// Whether an instruction begins at `address`.
  public boolean begins(long address) {
    return contains(address) && kinds[(int) (address - start)] != 0;
  }

  /// The instruction that begins at `address`.
  public Optional<Instruction> at(long address) {
    return begins(address) ? Optional.of(made((int) (address - start))) : Optional.empty();
  }

  /// The instruction that ends at `address`.
  public Optional<Instruction> endingAt(long address) {
    long end = address - start;
    for (int length = 1; length <= LONGEST; length++) {
      long at = end - length;
      if (at >= 0 && at < code.length && (kinds[(int) at] & LONGEST) == length) {
        return Optional.of(made((int) at));
      }
    }
    return Optional.empty();
  }

  /// Whether one of the jumps here leads to `address`, which is here.
  public boolean isTarget(long address) {
    return lastTo[(int) (address - start)] != 0;
  }

  /// The jumps that lead to `address`, which is here, in their own order.
  public List<Instruction> jumpsTo(long address) {
    int jump = lastTo[(int) (address - start)];
    if (jump == 0) {
      return List.of();
    }
    List<Instruction> found = new ArrayList<>();
    for (; jump != 0; jump = jumpBefore[jump - 1]) {
      found.add(made(jumpFrom[jump - 1]));
    }
    return found.reversed();
  }

  /// How many direct jumps there are; they are counted from 0 in address order.
  public int jumps() {
    return jumps;
  }

  public Instruction jump(int number) {
    return made(jumpFrom[number]);
  }

  /// Where a jump goes, here or elsewhere.
  public long jumpTarget(int number) {
    return start + jumpTo[number];
  }

  /// How many addresses are named, and what may be some; they are counted from 0.
  public int names() {
    return names;
  }

  public long named(int number) {
    return named[number];
  }

  /// A sum of [#WHOLE] and the like.
  public int howNamed(int number) {
    return namedHow[number];
  }

  /// The instruction that names it.
  public Instruction namedBy(int number) {
    return made(namedBy[number]);
  }

  /// The address of the next instruction after the one at `address`.
  public long next(long address) {
    return address + (kinds[(int) (address - start)] & LONGEST);
  }

  /// The instructions that branch so.
  public List<Instruction> all(Branch branch) {
    byte[] known = kinds;
    int wanted = branch.ordinal();
    List<Instruction> found = new ArrayList<>();
    for (int at = 0; at < known.length; at += known[at] & LONGEST) {
      if ((known[at] >> 4 & 7) == wanted) {
        found.add(made(at));
      }
    }
    return found;
  }

  /// The instructions `mov` of a register to memory at `displacement`, whatever the width.
  public List<Instruction> stores(int displacement) {
    byte[] known = kinds;
    byte[] bytes = code;
    List<Instruction> found = new ArrayList<>();
    for (int at = 0; at < known.length; at += known[at] & LONGEST) {
      int opcode = (bytes[at] & 0xf0) == 0x40 ? at + 1 : at;
      if (bytes[opcode] == STORE && displacement(opcode + 1) == displacement) {
        found.add(made(at));
      }
    }
    return found;
  }

  /// The instructions that name memory by a displacement of [#FAR] or more from a register.
  public List<Instruction> reachingFar() {
    byte[] known = kinds;
    List<Instruction> found = new ArrayList<>();
    for (int at = 0; at < known.length; at += known[at] & LONGEST) {
      if (known[at] < 0) {
        found.add(made(at));
      }
    }
    return found;
  }

  /// That of the memory operand whose ModRM byte is at `at`; 0 where there is none.
  private int displacement(int at) {
    int modrm = code[at] & 0xff;
    int behind = (modrm & 7) == 4 ? at + 2 : at + 1;
    return switch (modrm >> 6) {
      case 1 -> code[behind];
      case 2 -> int32(behind);
      default -> 0;
    };
  }

  private Instruction made(int at) {
    Instruction known = made[at];
    if (known != null) {
      return known;
    }
    try {
      Instruction instruction = decoder.at(start + at);
      made[at] = instruction;
      return instruction;
    } catch (FormatException odd) {
      throw new IllegalStateException("swept, and cannot be decoded", odd);
    }
  }

  /// Reads the instruction at `begin`, which is not near the end; where the next one begins.
  private int read(int begin) throws FormatException {
    byte[] bytes = code;
    int at = begin;
    int opcode = bytes[at++] & 0xff;
    boolean narrow = false;
    while (opcode == 0x66 || opcode == 0xf2 || opcode == 0xf3) {
      if (at - begin == LONGEST) {
        return readUnusual(begin);
      }
      narrow |= opcode == 0x66;
      opcode = bytes[at++] & 0xff;
    }
    int rex = 0;
    if ((opcode & 0xf0) == 0x40) {
      rex = opcode;
      opcode = bytes[at++] & 0xff;
    }
    boolean wide = opcode == 0x0f;
    if (wide) {
      opcode = bytes[at++] & 0xff;
    }
    int form = wide ? TWO_BYTE[opcode] : ONE_BYTE[opcode];
    int immediateBytes = 0;
    boolean operands = false;
    int shortBytes = (rex & 8) == 0 && narrow ? 2 : 4;
    switch (form) {
      case 'n' -> {}
      case 'm' -> operands = true;
      case 'b' -> {
        operands = true;
        immediateBytes = 1;
      }
      case 'z' -> {
        operands = true;
        immediateBytes = shortBytes;
      }
      case 'g' -> {
        operands = true;
        if ((bytes[at] & 0x30) == 0) {
          immediateBytes = opcode == 0xf6 ? 1 : shortBytes;
        }
      }
      case 'i', 'r' -> immediateBytes = 1;
      case 'I' -> immediateBytes = shortBytes;
      case 'R' -> immediateBytes = 4;
      case 'v' -> immediateBytes = (rex & 8) != 0 ? 8 : shortBytes;
      default -> {
        return readUnusual(begin);
      }
    }
    int modrm = 0;
    int how = 0;
    int far = 0;
    int displacement = 0;
    boolean relative = false;
    if (operands) {
      modrm = bytes[at++] & 0xff;
      if (modrm < 0xc0) {
        int displacementBytes = modrm >> 6;
        if ((modrm & 7) == 4) {
          int sib = bytes[at++] & 0xff;
          boolean indexed = (sib & 0x38) != 0x20 || (rex & 2) != 0;
          how = (sib & 0xc0) == 0xc0 ? WORDS : 0;
          if (displacementBytes == 0 && (sib & 7) == 5) {
            displacementBytes = 2;
            how |= indexed ? WITHOUT_BASE : WITHOUT_BASE | WHOLE;
          }
        } else if (displacementBytes == 0 && (modrm & 7) == 5) {
          displacementBytes = 2;
          relative = true;
          how = WITHOUT_BASE | WHOLE;
        }
        if (displacementBytes == 1) {
          displacement = bytes[at++];
        } else if (displacementBytes == 2) {
          displacement = int32(at);
          at += 4;
          far = how == 0 && displacement >= FAR ? FAR_BIT : 0;
        }
      }
    }
    int immediateAt = at;
    at += immediateBytes;
    if (at - begin > LONGEST) {
      return readUnusual(begin);
    }
    int branch = NONE;
    if (wide) {
      if (form == 'R') {
        branch = CONDITIONAL;
        addJump(begin, at + int32(immediateAt));
      } else if (opcode == 0x0b || opcode == 0xff || opcode == 0xb9) {
        branch = Branch.STOP.ordinal();
      }
    } else if (form == 'r') {
      branch = opcode == 0xeb ? JUMP : CONDITIONAL;
      addJump(begin, at + bytes[immediateAt]);
    } else if (form == 'R') {
      int target = at + int32(immediateAt);
      if (opcode == 0xe9) {
        branch = JUMP;
        addJump(begin, target);
      } else {
        branch = CALL;
        addName(begin, start + target, CALLED);
      }
    } else if (opcode == 0xff) {
      branch = indirect(modrm).ordinal();
    } else if (form == 'n') {
      branch = single(opcode).ordinal();
    }
    if (how != 0) {
      addName(begin, start + (relative ? at + displacement : displacement - start), how);
    }
    if (immediateBytes >= 4 && branch == NONE) {
      addName(begin, immediateBytes == 4 ? int32(immediateAt) : int64(immediateAt), IMMEDIATE);
    }
    kinds[begin] = (byte) (at - begin | branch << 4 | far);
    return at;
  }

  private static Branch indirect(int modrm) {
    return switch (modrm >> 3 & 7) {
      case 2, 3 -> Branch.CALL_INDIRECT;
      case 4, 5 -> Branch.JUMP_INDIRECT;
      default -> Branch.NONE;
    };
  }

  private static Branch single(int opcode) {
    return switch (opcode) {
      case 0xc3, 0xcb, 0xcf -> Branch.RETURN;
      case 0xcc, 0xf4 -> Branch.STOP;
      default -> Branch.NONE;
    };
  }

  private int readUnusual(int begin) throws FormatException {
    Instruction it = decoder.at(start + begin);
    made[begin] = it;
    if (it.branch().jumps()) {
      addJump(begin, (int) (it.target().orElseThrow() - start));
    } else if (it.branch() == Branch.CALL) {
      addName(begin, it.target().orElseThrow(), CALLED);
    } else if (it.immediate() != (byte) it.immediate()) {
      addName(begin, it.immediate(), IMMEDIATE);
    }
    int far = 0;
    if (it.memory().isPresent()) {
      MemoryOperand memory = it.memory().get();
      int how =
          (memory.absolute() ? WHOLE : 0)
              | (memory.base().isEmpty() ? WITHOUT_BASE : 0)
              | (memory.scale() == 8 ? WORDS : 0);
      if (how != 0) {
        addName(begin, memory.displacement(), how);
      } else if (memory.displacement() >= FAR) {
        far = FAR_BIT;
      }
    }
    kinds[begin] = (byte) (it.length() | it.branch().ordinal() << 4 | far);
    return begin + it.length();
  }

  private void addJump(int from, int to) {
    if (jumps == jumpFrom.length) {
      jumpFrom = Arrays.copyOf(jumpFrom, jumps * 2);
      jumpTo = Arrays.copyOf(jumpTo, jumps * 2);
      jumpBefore = Arrays.copyOf(jumpBefore, jumps * 2);
    }
    jumpFrom[jumps] = from;
    jumpTo[jumps] = to;
    if (to >= 0 && to < code.length) {
      jumpBefore[jumps] = lastTo[to];
      lastTo[to] = jumps + 1;
    }
    jumps++;
  }

  private void addName(int by, long address, int how) {
    if (names == namedBy.length) {
      namedBy = Arrays.copyOf(namedBy, names * 2);
      namedHow = Arrays.copyOf(namedHow, names * 2);
      named = Arrays.copyOf(named, names * 2);
    }
    namedBy[names] = by;
    namedHow[names] = how;
    named[names++] = address;
  }

  private int int32(int at) {
    byte[] bytes = code;
    return bytes[at] & 0xff
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }

  private long int64(int at) {
    return int32(at) & 0xffff_ffffL | (long) int32(at + 4) << 32;
  }
}
