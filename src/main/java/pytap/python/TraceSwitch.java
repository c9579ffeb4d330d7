package pytap.python;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Condition;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.OpcodeMap;
import pytap.elf.ElfFile;
import pytap.elf.Segment;
import pytap.probe.Gap;
import pytap.source.FormatException;

/// Whether a build with the experimental JIT runs traces when nobody asks for them
/// (`--enable-experimental-jit=yes`) or only where the environment says so (`yes-off`).
///
/// `init_interp_main` (CPython 3.13.0 and 3.14.0 Python/pylifecycle.c) asks for the variable. Where
/// there is none it goes on as for the value `0` in a build that is off by default, and only there.
final class TraceSwitch {
  private static final String VARIABLE = "PYTHON_JIT";
  private static final int ADDRESS_BYTES = 4;
  private static final byte MOV_EDI = (byte) 0xbf;
  private static final byte LEA = (byte) 0x8d;
  private static final byte LEA_RDI = 0x3d;
  private static final int MOST_INSTRUCTIONS = 12;

  private TraceSwitch() {}

  /// What is not seen of a build with `--enable-experimental-jit`: traces execute no handler. Only
  /// such a build exports the optimizer (CPython 3.13.0 and 3.14.0 Python/optimizer.c,
  /// `_Py_TIER2`).
  static List<Gap> gaps(ElfFile file, PythonVersion version) throws FormatException {
    String optimizer =
        version.minor() == 13 ? "_PyOptimizer_NewUOpOptimizer" : "_PyOptimizer_Optimize";
    if (version.minor() < 13 || file.exported(optimizer).isEmpty()) {
      return List.of();
    }
    return List.of(
        new Gap.OnRequest(
            "functions called in traces of the experimental JIT (PYTHON_JIT=1) are not seen",
            VARIABLE,
            onByDefault(file)));
  }

  /// Also where the code is not as it is known to be: better a warning of what does not happen than
  /// none.
  static boolean onByDefault(ElfFile file) throws FormatException {
    for (long variable : variables(file)) {
      for (long after : uses(file, variable)) {
        Optional<Boolean> on = decision(file, after);
        if (on.isPresent()) {
          return on.get();
        }
      }
    }
    return true;
  }

  private static List<Long> variables(ElfFile file) throws FormatException {
    byte[] wanted = (VARIABLE + "\0").getBytes(StandardCharsets.US_ASCII);
    List<Long> found = new ArrayList<>();
    for (Segment segment : file.segments()) {
      if (segment.type() == Segment.LOAD && !segment.executable() && !segment.writable()) {
        byte[] bytes = bytes(file, segment);
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
          if (bytes[i] == 'P'
              && Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
            found.add(segment.address() + i);
          }
        }
      }
    }
    return found;
  }

  /// An array, as this runs once, before the JVM has compiled it: a buffer's methods take ten times
  /// as long then.
  private static byte[] bytes(ElfFile file, Segment segment) throws FormatException {
    byte[] bytes = new byte[(int) segment.fileSize()];
    file.bytesAt(segment.address(), bytes.length).get(bytes);
    return bytes;
  }

  /// The addresses behind the instructions that put the address of `variable` into `%rdi`.
  private static List<Long> uses(ElfFile file, long variable) throws FormatException {
    List<Long> found = new ArrayList<>();
    for (Segment segment : file.segments()) {
      if (segment.type() == Segment.LOAD && segment.executable()) {
        byte[] bytes = bytes(file, segment);
        ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 2; i + ADDRESS_BYTES <= bytes.length; i++) {
          byte before = bytes[i - 1];
          if (before == MOV_EDI || before == LEA_RDI && bytes[i - 2] == LEA) {
            long after = segment.address() + i + ADDRESS_BYTES;
            long named = (before == MOV_EDI ? 0 : after) + values.getInt(i);
            if (named == variable) {
              found.add(after);
            }
          }
        }
      }
    }
    return found;
  }

  /// What the code behind a use decides without the variable; empty where it does not look like it.
  private static Optional<Boolean> decision(ElfFile file, long use) throws FormatException {
    Optional<Fork> missing = nextFork(file, use, false);
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    Optional<Fork> zero = nextFork(file, missing.get().otherwise(), true);
    return zero.map(fork -> fork.equal() != missing.get().equal());
  }

  /// A jump on a comparison.
  ///
  /// @param equal where it goes on with what was looked for: a null pointer, the digit 0
  /// @param otherwise where it goes on else
  private record Fork(long equal, long otherwise) {}

  /// The first comparison with 0 of a whole register, or with the digit, on the way from `start`,
  /// which takes every other jump as if there was something else.
  private static Optional<Fork> nextFork(ElfFile file, long start, boolean digit)
      throws FormatException {
    long at = start;
    boolean compared = false;
    for (int i = 0; i < MOST_INSTRUCTIONS; i++) {
      Instruction instruction = decode(file, at);
      at = instruction.next();
      if (instruction.branch() == Branch.CONDITIONAL) {
        Optional<Fork> fork = fork(file, instruction);
        if (fork.isEmpty() || compared) {
          return fork;
        }
        at = fork.get().otherwise();
      } else if (instruction.branch() == Branch.JUMP) {
        at = instruction.target().orElseThrow();
      } else if (!instruction.branch().fallsThrough()) {
        return Optional.empty();
      } else {
        compared |= digit ? comparesDigit(instruction) : testsPointer(instruction);
      }
    }
    return Optional.empty();
  }

  private static Instruction decode(ElfFile file, long address) throws FormatException {
    int longest = 15;
    return new Decoder(file.bytesAt(address, longest), address).at(address);
  }

  private static Optional<Fork> fork(ElfFile file, Instruction jump) throws FormatException {
    OptionalLong target = jump.target();
    int condition = jump.opcode() & 0xf;
    long taken = landing(file, target.orElseThrow());
    long next = landing(file, jump.next());
    if (condition == Condition.EQUAL.ordinal()) {
      return Optional.of(new Fork(taken, next));
    }
    return condition == Condition.NOT_EQUAL.ordinal()
        ? Optional.of(new Fork(next, taken))
        : Optional.empty();
  }

  /// Behind the jump that may stand at `address`.
  private static long landing(ElfFile file, long address) throws FormatException {
    Instruction first = decode(file, address);
    return first.branch() == Branch.JUMP ? first.target().orElse(address) : address;
  }

  /// `test %rax,%rax`, for any register.
  private static boolean testsPointer(Instruction instruction) {
    return instruction.isOneByte(0x85)
        && instruction.operandBytes() == Long.BYTES
        && instruction.otherRegister().filter(instruction.register()::equals).isPresent();
  }

  /// `cmp $'0',%al`, or with another register or a byte of memory.
  private static boolean comparesDigit(Instruction instruction) {
    boolean compares =
        instruction.isOneByte(0x3c)
            || instruction.isOneByte(0x3d)
            || instruction.map() == OpcodeMap.ONE_BYTE
                && (instruction.opcode() == 0x80 || instruction.opcode() == 0x83)
                && instruction.extension() == 7;
    return compares && instruction.immediate() == '0';
  }
}
