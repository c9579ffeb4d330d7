package pytap.asm.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.source.FormatException;

/// Reads the instructions of a [Program] back. What is not an instruction that [Assembler] can make
/// is a [FormatException] whose offset is the slot.
public final class Operations {
  private static final String WHAT = "BPF program";

  private final List<Insn> insns;

  private Operations(Program program) {
    this.insns = program.insns();
  }

  /// One element for each slot; empty for the second slot of an instruction that takes two.
  public static List<Optional<Operation>> of(Program program) throws FormatException {
    Operations operations = new Operations(program);
    List<Optional<Operation>> all = new ArrayList<>();
    for (int slot = 0; slot < program.slots(); slot++) {
      Operation operation = operations.at(slot);
      all.add(Optional.of(operation));
      if (operation.slots() == 2) {
        all.add(Optional.empty());
        slot++;
      }
    }
    return List.copyOf(all);
  }

  private Operation at(int slot) throws FormatException {
    Insn insn = insns.get(slot);
    return switch (insn.kind()) {
      case Insn.LD -> immediate64(slot, insn);
      case Insn.LDX -> {
        require(slot, insn, (insn.code() & 0xe0) == Insn.MODE_MEMORY);
        yield new Operation.Load(
            Size.ofCode(insn.code()), Reg.of(insn.dst()), Reg.of(insn.src()), insn.off());
      }
      case Insn.ST -> store(slot, insn, new Operation.Operand.Immediate(insn.imm()));
      case Insn.STX ->
          (insn.code() & 0xe0) == Insn.MODE_ATOMIC
              ? atomic(slot, insn)
              : store(slot, insn, new Operation.Operand.Register(Reg.of(insn.src())));
      case Insn.ALU, Insn.ALU64 -> arithmetic(slot, insn);
      case Insn.JMP -> jump(slot, insn);
      case Insn.JMP32 -> conditional(slot, insn, false);
      default -> throw new IllegalStateException("three bits: " + insn.kind());
    };
  }

  private Operation immediate64(int slot, Insn insn) throws FormatException {
    boolean second = slot + 1 < insns.size() && insns.get(slot + 1).code() == 0;
    require(slot, insn, insn.isLoadImmediate64() && second);
    int high = insns.get(slot + 1).imm();
    Reg dst = Reg.of(insn.dst());
    return switch (insn.src()) {
      case 0 -> new Operation.Constant(dst, (long) high << 32 | insn.imm() & 0xffffffffL);
      case Insn.PSEUDO_MAP_FD -> new Operation.MapHandle(dst, insn.imm());
      case Insn.PSEUDO_MAP_VALUE -> new Operation.MapValue(dst, insn.imm(), high);
      case Insn.PSEUDO_FUNC -> new Operation.FunctionAddress(dst, slot + 1 + insn.imm());
      default -> throw odd(slot, insn);
    };
  }

  private static Operation store(int slot, Insn insn, Operation.Operand value)
      throws FormatException {
    require(slot, insn, (insn.code() & 0xe0) == Insn.MODE_MEMORY);
    return new Operation.Store(Size.ofCode(insn.code()), Reg.of(insn.dst()), insn.off(), value);
  }

  private static Operation atomic(int slot, Insn insn) throws FormatException {
    Size size = Size.ofCode(insn.code());
    require(slot, insn, size == Size.WORD || size == Size.DOUBLE);
    for (Atomic op : Atomic.values()) {
      if (op.code() == insn.imm()) {
        Reg base = Reg.of(insn.dst());
        return new Operation.AtomicStep(op, size, base, insn.off(), Reg.of(insn.src()));
      }
    }
    throw odd(slot, insn);
  }

  private static Operation arithmetic(int slot, Insn insn) throws FormatException {
    require(slot, insn, (insn.code() & 0xf0) <= 0xc0 && insn.off() == 0);
    boolean wide = insn.kind() == Insn.ALU64;
    return new Operation.Arithmetic(
        Alu.ofCode(insn.code()), wide, Reg.of(insn.dst()), operand(insn));
  }

  private static Operation jump(int slot, Insn insn) throws FormatException {
    return switch (insn.code()) {
      case Insn.EXIT -> new Operation.Exit();
      case Insn.GOTO -> new Operation.Goto(slot + 1 + insn.off());
      case Insn.CALL -> {
        if (insn.src() == Insn.PSEUDO_CALL) {
          yield new Operation.CallSubprogram(slot + 1 + insn.imm());
        }
        require(slot, insn, insn.src() == 0);
        Optional<BpfFunction> function = BpfFunction.ofNumber(insn.imm());
        if (function.isEmpty()) {
          throw new FormatException(WHAT, slot, "call of unknown function " + insn.imm());
        }
        yield new Operation.CallFunction(function.get());
      }
      default -> conditional(slot, insn, true);
    };
  }

  private static Operation conditional(int slot, Insn insn, boolean wide) throws FormatException {
    for (Jump condition : Jump.values()) {
      if (condition.code() == (insn.code() & 0xf0)) {
        int target = slot + 1 + insn.off();
        return new Operation.Conditional(
            condition, wide, Reg.of(insn.dst()), operand(insn), target);
      }
    }
    throw odd(slot, insn);
  }

  private static Operation.Operand operand(Insn insn) {
    return (insn.code() & Insn.SOURCE_REGISTER) != 0
        ? new Operation.Operand.Register(Reg.of(insn.src()))
        : new Operation.Operand.Immediate(insn.imm());
  }

  private static void require(int slot, Insn insn, boolean holds) throws FormatException {
    if (!holds) {
      throw odd(slot, insn);
    }
  }

  private static FormatException odd(int slot, Insn insn) {
    return new FormatException(WHAT, slot, "no instruction that pytap makes: " + insn);
  }
}
