package pytap.python;

import java.util.Arrays;
import java.util.Optional;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.OpcodeMap;
import pytap.asm.x86.WrittenRegisters;

/// Follows the general registers through a run of instructions. It understands moves, loads, `lea`,
/// and additions of constants; everything else makes the registers it writes unknown. The stack
/// pointer is taken to be constant: walks begin and end inside one function's body, and stack slots
/// are only compared with each other.
final class AdaptiveState {
  /// In the register field of opcode 0x83.
  private static final int AND = 4;

  private final AdaptiveTerm[] registers;
  private Optional<AdaptiveTerm> tested;

  private AdaptiveState(AdaptiveTerm[] registers, Optional<AdaptiveTerm> tested) {
    this.registers = registers;
    this.tested = tested;
  }

  /// Every register holds its initial value.
  static AdaptiveState initial() {
    AdaptiveTerm[] registers = new AdaptiveTerm[16];
    Arrays.setAll(registers, i -> new AdaptiveTerm.Initial(GeneralRegister.values()[i]));
    return new AdaptiveState(registers, Optional.empty());
  }

  AdaptiveState copy() {
    return new AdaptiveState(registers.clone(), tested);
  }

  /// Whether everything is known to be as in `other`.
  boolean isSame(AdaptiveState other) {
    return Arrays.equals(registers, other.registers) && tested.equals(other.tested);
  }

  AdaptiveTerm term(GeneralRegister register) {
    return registers[register.ordinal()];
  }

  /// A register that holds `term` now; none where the term is unknown.
  Optional<GeneralRegister> holding(AdaptiveTerm term) {
    if (term.equals(AdaptiveTerm.UNKNOWN)) {
      return Optional.empty();
    }
    int at = Arrays.asList(registers).indexOf(term);
    return at < 0 ? Optional.empty() : Optional.of(GeneralRegister.values()[at]);
  }

  /// The term that the flags compare with zero, where they come from `test r,r` or `cmp $0,m`.
  Optional<AdaptiveTerm> tested() {
    return tested;
  }

  /// The address that the operand names.
  AdaptiveTerm address(MemoryOperand operand) {
    return operand.segment() || operand.index().isPresent() || operand.base().isEmpty()
        ? AdaptiveTerm.UNKNOWN
        : AdaptiveTerm.plus(term(operand.base().get()), operand.displacement());
  }

  /// What a zero-extending load of `widthBytes` by the operand would give.
  AdaptiveTerm load(MemoryOperand operand, int widthBytes) {
    return AdaptiveTerm.loaded(address(operand), 0, widthBytes);
  }

  /// The state after `instruction`, where control goes on to the next one or to its target.
  void step(Instruction instruction) {
    Effect effect = Effect.of(instruction);
    Optional<AdaptiveTerm> test = testedBy(instruction, effect);
    if (test.isPresent() || !keepsFlags(instruction)) {
      tested = test;
    }
    Optional<Moved> moved = moved(instruction, effect);
    if (moved.isPresent()) {
      set(moved.get().to(), moved.get().value());
      return;
    }
    int written = WrittenRegisters.of(instruction) & ~GeneralRegister.RSP.bit();
    for (int left = written; left != 0; left &= left - 1) {
      registers[Integer.numberOfTrailingZeros(left)] = AdaptiveTerm.UNKNOWN;
    }
    if (instruction.branch() == Branch.CALL || instruction.branch() == Branch.CALL_INDIRECT) {
      set(GeneralRegister.RAX, new AdaptiveTerm.Result(instruction.address()));
    }
  }

  private void set(GeneralRegister register, AdaptiveTerm term) {
    if (register != GeneralRegister.RSP) {
      registers[register.ordinal()] = term;
    }
  }

  private record Moved(GeneralRegister to, AdaptiveTerm value) {}

  private Optional<Moved> moved(Instruction instruction, Effect effect) {
    if (removesTag(instruction)) {
      GeneralRegister register = instruction.otherRegister().orElseThrow();
      return Optional.of(new Moved(register, term(register)));
    }
    return switch (effect) {
      case Effect.Copy(var to, var from) -> Optional.of(new Moved(to, term(from)));
      case Effect.Load(var to, var memory, int width) when width >= 4 ->
          Optional.of(new Moved(to, load(memory, width)));
      case Effect.Address(var to, var memory) -> Optional.of(new Moved(to, address(memory)));
      case Effect.Add(var register, long amount) ->
          Optional.of(new Moved(register, AdaptiveTerm.plus(term(register), amount)));
      case Effect.Load _,
          Effect.Store _,
          Effect.StoreConstant _,
          Effect.SetConstant _,
          Effect.CompareConstant _,
          Effect.Push _,
          Effect.Pop _,
          Effect.Other _ ->
          movedPart(instruction);
    };
  }

  /// `and $-2,register` or `and $-4,register`: the address in a tagged reference, which is taken
  /// for the same value as the reference.
  private static boolean removesTag(Instruction instruction) {
    return instruction.isOneByte(0x83)
        && instruction.extension() == AND
        && instruction.operandBytes() == 8
        && instruction.otherRegister().isPresent()
        && (instruction.immediate() == -2 || instruction.immediate() == -4);
  }

  /// `movzbl memory,register` and 32-bit copies.
  private Optional<Moved> movedPart(Instruction instruction) {
    if (instruction.has(Instruction.PREFIX_VECTOR)) {
      return Optional.empty();
    }
    if (instruction.map() == OpcodeMap.TWO_BYTE && instruction.opcode() == 0xb6) {
      return instruction.memory().map(from -> new Moved(instruction.register(), load(from, 1)));
    }
    boolean copies = instruction.isOneByte(0x89) || instruction.isOneByte(0x8b);
    if (!copies || instruction.otherRegister().isEmpty() || instruction.operandBytes() != 4) {
      return Optional.empty();
    }
    GeneralRegister other = instruction.otherRegister().get();
    return Optional.of(
        instruction.isOneByte(0x89)
            ? new Moved(other, AdaptiveTerm.low(term(instruction.register())))
            : new Moved(instruction.register(), AdaptiveTerm.low(term(other))));
  }

  private Optional<AdaptiveTerm> testedBy(Instruction instruction, Effect effect) {
    if (effect instanceof Effect.CompareConstant(var memory, long value, int width)
        && value == 0
        && width != 2) {
      return Optional.of(load(memory, width));
    }
    boolean tests = instruction.isOneByte(0x84) || instruction.isOneByte(0x85);
    if (!tests || !instruction.otherRegister().equals(Optional.of(instruction.register()))) {
      return Optional.empty();
    }
    AdaptiveTerm term = term(instruction.register());
    if (instruction.isOneByte(0x84)) {
      return term instanceof AdaptiveTerm.Loaded loaded && loaded.widthBytes() == 1
          ? Optional.of(term)
          : Optional.empty();
    }
    return switch (instruction.operandBytes()) {
      case 8 -> Optional.of(term);
      case 4 -> Optional.of(AdaptiveTerm.low(term));
      default -> Optional.empty();
    };
  }

  /// Whether the flags after the instruction are certainly those before it: moves, `lea`, jumps,
  /// `setcc`, `cmov`, and the moves among them that compilers make with vector registers.
  private static boolean keepsFlags(Instruction instruction) {
    int opcode = instruction.opcode();
    int row = opcode & 0xf0;
    return switch (instruction.map()) {
      case ONE_BYTE ->
          switch (opcode) {
            case 0x63, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0x98, 0x99, 0xc6, 0xc7 -> true;
            case 0x90, 0xe9, 0xeb -> true;
            default -> row == 0x50 || row == 0x70 || row == 0xb0;
          };
      case TWO_BYTE ->
          switch (opcode) {
            case 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x1e, 0x1f, 0x28, 0x29 -> true;
            case 0x57, 0x6c, 0x6e, 0x6f, 0x7e, 0x7f, 0xb6, 0xb7, 0xbe, 0xbf, 0xd6, 0xef -> true;
            default -> row == 0x40 || row == 0x80 || row == 0x90;
          };
      case THREE_BYTE_38, THREE_BYTE_3A, EVEX_ONLY -> false;
    };
  }
}
