package pytap.asm.bpf;

import java.util.List;
import java.util.Locale;

/// Text of a program, in the notation of the kernel's verifier: registers `r0` to `r10` (`w0` for
/// their low halves), jumps by the number of the slot they go to, maps by their number.
final class Disassembler {
  private final List<Insn> insns;
  private final Program program;
  private final StringBuilder out = new StringBuilder();

  private Disassembler(Program program) {
    this.program = program;
    this.insns = program.insns();
  }

  static String text(Program program) {
    return new Disassembler(program).print();
  }

  private String print() {
    int nextFunction = 1;
    for (int slot = 0; slot < insns.size(); slot++) {
      if (nextFunction < program.functions().size()
          && program.functions().get(nextFunction).slot() == slot) {
        out.append(program.functions().get(nextFunction).name()).append(":\n");
        nextFunction++;
      }
      number(slot);
      Insn insn = insns.get(slot);
      line(slot, insn);
      out.append('\n');
      if (insn.isLoadImmediate64()) {
        slot++;
      }
    }
    return out.toString();
  }

  private void number(int slot) {
    for (int bound = 1000; bound > 1 && slot < bound; bound /= 10) {
      out.append(' ');
    }
    out.append(slot).append(": ");
  }

  private void line(int slot, Insn insn) {
    switch (insn.kind()) {
      case Insn.LD -> immediate64(slot, insn);
      case Insn.LDX -> load(insn);
      case Insn.ST, Insn.STX -> store(insn);
      case Insn.ALU -> arithmetic(insn, "w");
      case Insn.ALU64 -> arithmetic(insn, "r");
      case Insn.JMP -> jump(slot, insn, "r");
      default -> jump(slot, insn, "w");
    }
  }

  private void immediate64(int slot, Insn insn) {
    int high = insns.get(slot + 1).imm();
    out.append('r').append(insn.dst()).append(" = ");
    switch (insn.src()) {
      case Insn.PSEUDO_MAP_FD -> out.append("map[").append(insn.imm()).append(']');
      case Insn.PSEUDO_MAP_VALUE ->
          out.append("map[").append(insn.imm()).append("][0]+").append(high);
      case Insn.PSEUDO_FUNC -> out.append(functionAt(slot + 1 + insn.imm()));
      default ->
          out.append("0x")
              .append(Long.toHexString(((long) high << 32) | (insn.imm() & 0xffffffffL)))
              .append(" ll");
    }
  }

  private void load(Insn insn) {
    out.append('r').append(insn.dst()).append(" = ");
    memory(insn, insn.src());
  }

  private void store(Insn insn) {
    boolean fromRegister = insn.kind() == Insn.STX;
    if (fromRegister && (insn.code() & 0xe0) == Insn.MODE_ATOMIC) {
      out.append("lock ");
      out.append(Atomic.ofCode(insn.imm()).name().toLowerCase(Locale.ROOT)).append(' ');
      memory(insn, insn.dst());
      out.append(", r").append(insn.src());
      return;
    }
    memory(insn, insn.dst());
    out.append(" = ");
    if (fromRegister) {
      out.append('r').append(insn.src());
    } else {
      out.append(insn.imm());
    }
  }

  private void memory(Insn insn, int base) {
    out.append("*(").append(Size.ofCode(insn.code())).append(" *)(r").append(base);
    out.append(insn.off() < 0 ? " - " : " + ").append(Math.abs(insn.off())).append(')');
  }

  private void arithmetic(Insn insn, String prefix) {
    Alu op = Alu.ofCode(insn.code());
    out.append(prefix).append(insn.dst()).append(' ').append(op);
    if (op == Alu.NEGATE) {
      out.append(prefix).append(insn.dst());
    } else {
      out.append(' ');
      operand(insn, prefix);
    }
  }

  private void operand(Insn insn, String prefix) {
    if ((insn.code() & Insn.SOURCE_REGISTER) != 0) {
      out.append(prefix).append(insn.src());
    } else {
      out.append(insn.imm());
    }
  }

  private void jump(int slot, Insn insn, String prefix) {
    switch (insn.code()) {
      case Insn.EXIT -> out.append("exit");
      case Insn.GOTO -> out.append("goto ").append(slot + 1 + insn.off());
      case Insn.CALL -> call(slot, insn);
      default -> {
        out.append("if ").append(prefix).append(insn.dst()).append(' ');
        out.append(Jump.ofCode(insn.code())).append(' ');
        operand(insn, prefix);
        out.append(" goto ").append(slot + 1 + insn.off());
      }
    }
  }

  private void call(int slot, Insn insn) {
    out.append("call ");
    if (insn.src() == Insn.PSEUDO_CALL) {
      out.append(functionAt(slot + 1 + insn.imm()));
    } else {
      out.append(
          BpfFunction.ofNumber(insn.imm())
              .map(BpfFunction::kernelName)
              .orElseGet(() -> "helper#" + insn.imm()));
    }
  }

  private String functionAt(int slot) {
    for (Program.Function function : program.functions()) {
      if (function.slot() == slot) {
        return function.name();
      }
    }
    return "slot " + slot;
  }
}
