package pytap.asm.bpf;

import java.util.ArrayList;
import java.util.List;

/// Collects the instructions of one eBPF program in order.
///
/// Names follow the machine: `mov`, `load`, `store`, `jumpIf`, `call`. Arithmetic is 64 bits wide
/// unless the name ends in 32; 32-bit results are zero-extended. Misuse (a label never bound, a
/// jump beyond 32767 slots) is a bug of the caller and throws [IllegalStateException].
public final class Assembler {
  private final List<Insn> insns = new ArrayList<>();
  private final List<Program.MapUse> maps = new ArrayList<>();
  private final List<Program.Function> functions = new ArrayList<>();
  private final List<Fixup> fixups = new ArrayList<>();

  /// What of an instruction a label's place goes into.
  private enum Field {
    OFFSET,
    IMMEDIATE
  }

  private record Fixup(int slot, Label target, Field field) {}

  /// A program whose main function has the name that listings and the kernel show.
  public Assembler(String name) {
    functions.add(new Program.Function(name, 0));
  }

  public Assembler() {
    this("main");
  }

  // ---- places

  /// A new label, bound later by [#bind]. The name appears only in error messages.
  public Label label(String name) {
    return new Label(name);
  }

  /// The next instruction stands at `label`.
  public void bind(Label label) {
    label.bind(insns.size());
  }

  /// Whether an instruction so far names `label`. The kernel refuses code that nothing reaches.
  public boolean isUsed(Label label) {
    for (Fixup fixup : fixups) {
      if (fixup.target() == label) {
        return true;
      }
    }
    return false;
  }

  /// A subprogram begins with the next instruction. It gets its arguments in R1 to R5, has a stack
  /// of its own, and ends with [#exit]. The code before must not run into it.
  public void function(Label label) {
    bind(label);
    functions.add(new Program.Function(label.toString(), insns.size()));
  }

  /// Slots so far.
  public int slots() {
    return insns.size();
  }

  // ---- arithmetic

  public void alu(Alu op, Reg dst, Reg src) {
    emit(Insn.ALU64 | Insn.SOURCE_REGISTER | op.code(), dst, src.number(), 0, 0);
  }

  /// The immediate is sign-extended to 64 bits.
  public void alu(Alu op, Reg dst, int immediate) {
    emit(Insn.ALU64 | op.code(), dst, 0, 0, immediate);
  }

  public void alu32(Alu op, Reg dst, Reg src) {
    emit(Insn.ALU | Insn.SOURCE_REGISTER | op.code(), dst, src.number(), 0, 0);
  }

  public void alu32(Alu op, Reg dst, int immediate) {
    emit(Insn.ALU | op.code(), dst, 0, 0, immediate);
  }

  public void mov(Reg dst, Reg src) {
    alu(Alu.MOV, dst, src);
  }

  /// The immediate is sign-extended to 64 bits.
  public void mov(Reg dst, int immediate) {
    alu(Alu.MOV, dst, immediate);
  }

  /// The low half of `src`, zero-extended.
  public void mov32(Reg dst, Reg src) {
    alu32(Alu.MOV, dst, src);
  }

  /// The shortest load of a 64-bit constant: one slot where it fits 32 bits signed, else two.
  public void movLong(Reg dst, long constant) {
    if (constant == (int) constant) {
      mov(dst, (int) constant);
    } else {
      wide(dst, 0, (int) constant, (int) (constant >>> 32));
    }
  }

  public void add(Reg dst, Reg src) {
    alu(Alu.ADD, dst, src);
  }

  public void add(Reg dst, int immediate) {
    alu(Alu.ADD, dst, immediate);
  }

  public void sub(Reg dst, Reg src) {
    alu(Alu.SUB, dst, src);
  }

  public void and(Reg dst, int immediate) {
    alu(Alu.AND, dst, immediate);
  }

  public void or(Reg dst, Reg src) {
    alu(Alu.OR, dst, src);
  }

  public void shiftLeft(Reg dst, int bits) {
    alu(Alu.SHIFT_LEFT, dst, bits);
  }

  /// Zeros enter from the left.
  public void shiftRight(Reg dst, int bits) {
    alu(Alu.SHIFT_RIGHT, dst, bits);
  }

  /// Copies of the sign enter from the left.
  public void shiftRightSigned(Reg dst, int bits) {
    alu(Alu.SHIFT_RIGHT_SIGNED, dst, bits);
  }

  public void negate(Reg dst) {
    alu(Alu.NEGATE, dst, 0);
  }

  // ---- memory

  /// `dst = *(size *)(base + offset)`, zero-extended.
  public void load(Size size, Reg dst, Reg base, int offset) {
    emit(Insn.LDX | Insn.MODE_MEMORY | size.code(), dst, base.number(), offset, 0);
  }

  /// `*(size *)(base + offset) = src`.
  public void store(Size size, Reg base, int offset, Reg src) {
    emit(Insn.STX | Insn.MODE_MEMORY | size.code(), base, src.number(), offset, 0);
  }

  /// `*(size *)(base + offset) = immediate`, sign-extended for 8 bytes.
  public void store(Size size, Reg base, int offset, int immediate) {
    emit(Insn.ST | Insn.MODE_MEMORY | size.code(), base, 0, offset, immediate);
  }

  /// One atomic step on 4 or 8 bytes at `base + offset`; for the fetching kinds `src` (R0 for
  /// COMPARE_EXCHANGE) becomes what was there before.
  public void atomic(Atomic op, Size size, Reg base, int offset, Reg src) {
    if (size != Size.WORD && size != Size.DOUBLE) {
      throw new IllegalStateException("no atomic of " + size.bytes() + " bytes");
    }
    int code = Insn.STX | Insn.MODE_ATOMIC | size.code();
    emit(code, base, src.number(), offset, op.code());
  }

  /// `*(size *)(base + offset) += src` in one atomic step, nothing fetched.
  public void atomicAdd(Size size, Reg base, int offset, Reg src) {
    atomic(Atomic.ADD, size, base, offset, src);
  }

  // ---- maps and functions as values

  /// The map itself, as helpers take it.
  public void loadMap(Reg dst, int map) {
    maps.add(new Program.MapUse(insns.size(), map));
    wide(dst, Insn.PSEUDO_MAP_FD, map, 0);
  }

  /// The address `offset` bytes into the value of an array map that has one entry.
  public void loadMapValue(Reg dst, int map, int offset) {
    maps.add(new Program.MapUse(insns.size(), map));
    wide(dst, Insn.PSEUDO_MAP_VALUE, map, offset);
  }

  /// The address of a subprogram, as `bpf_loop` and `bpf_for_each_map_elem` take it.
  public void loadFunction(Reg dst, Label function) {
    fixups.add(new Fixup(insns.size(), function, Field.IMMEDIATE));
    wide(dst, Insn.PSEUDO_FUNC, 0, 0);
  }

  // ---- control

  public void jump(Label target) {
    fixups.add(new Fixup(insns.size(), target, Field.OFFSET));
    emit(Insn.GOTO, Reg.R0, 0, 0, 0);
  }

  public void jumpIf(Jump condition, Reg left, Reg right, Label target) {
    conditional(Insn.JMP | Insn.SOURCE_REGISTER, condition, left, right.number(), 0, target);
  }

  /// The immediate is sign-extended to 64 bits, also for unsigned conditions.
  public void jumpIf(Jump condition, Reg left, int right, Label target) {
    conditional(Insn.JMP, condition, left, 0, right, target);
  }

  /// Compares the low 32 bits.
  public void jumpIf32(Jump condition, Reg left, Reg right, Label target) {
    conditional(Insn.JMP32 | Insn.SOURCE_REGISTER, condition, left, right.number(), 0, target);
  }

  /// Compares the low 32 bits.
  public void jumpIf32(Jump condition, Reg left, int right, Label target) {
    conditional(Insn.JMP32, condition, left, 0, right, target);
  }

  /// Calls a kernel function: arguments in R1 to R5, which are lost; result in R0.
  public void call(BpfFunction function) {
    emit(Insn.CALL, Reg.R0, 0, 0, function.number());
  }

  /// Calls a subprogram of this program, see [#function].
  public void call(Label function) {
    fixups.add(new Fixup(insns.size(), function, Field.IMMEDIATE));
    emit(Insn.CALL, Reg.R0, Insn.PSEUDO_CALL, 0, 0);
  }

  /// Returns R0.
  public void exit() {
    emit(Insn.EXIT, Reg.R0, 0, 0, 0);
  }

  // ---- result

  /// The program with every label's place filled in. The assembler must not be used afterwards.
  public Program finish() {
    for (Fixup fixup : fixups) {
      int distance = fixup.target().slot() - fixup.slot() - 1;
      Insn old = insns.get(fixup.slot());
      insns.set(
          fixup.slot(),
          switch (fixup.field()) {
            case OFFSET -> new Insn(old.code(), old.dst(), old.src(), distance, old.imm());
            case IMMEDIATE -> new Insn(old.code(), old.dst(), old.src(), old.off(), distance);
          });
    }
    return new Program(insns, maps, functions);
  }

  private void conditional(
      int kind, Jump condition, Reg left, int right, int immediate, Label target) {
    fixups.add(new Fixup(insns.size(), target, Field.OFFSET));
    emit(kind | condition.code(), left, right, 0, immediate);
  }

  private void wide(Reg dst, int kind, int low, int high) {
    emit(Insn.LOAD_IMMEDIATE_64, dst, kind, 0, low);
    emit(0, Reg.R0, 0, 0, high);
  }

  private void emit(int code, Reg dst, int src, int off, int imm) {
    insns.add(new Insn(code, dst.number(), src, off, imm));
  }
}
