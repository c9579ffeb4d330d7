package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RBP;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;
import static pytap.asm.x86.GeneralRegister.RSP;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Operation;
import pytap.asm.bpf.Reg;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;

/// Translates one function: the main program or a subprogram.
final class FunctionTranslator {
  private static final List<Reg> KEPT = List.of(Reg.R6, Reg.R7, Reg.R8, Reg.R9);
  private static final int EINVAL = 22;
  private static final int E2BIG = 7;

  private final Assembler code;
  private final Verified program;
  private final Linkage linkage;
  private final Map<Integer, Label> functions;
  private final Map<Integer, Label> places = new HashMap<>();
  private final ArithmeticTranslator arithmetic;
  private final int start;
  private final List<GeneralRegister> saved;

  FunctionTranslator(
      Assembler code, Verified program, Linkage linkage, Map<Integer, Label> functions, int start) {
    this.code = code;
    this.program = program;
    this.linkage = linkage;
    this.functions = functions;
    this.arithmetic = new ArithmeticTranslator(code);
    this.start = start;
    this.saved = saved();
  }

  private boolean isMain() {
    return start == 0;
  }

  /// The caller's registers that this function loses.
  private List<GeneralRegister> saved() {
    Set<Reg> written = EnumSet.noneOf(Reg.class);
    int end = program.flow().end(start);
    for (int slot = start; slot < end; slot += program.flow().at(slot).slots()) {
      written.addAll(Registers.written(program.flow().at(slot)));
    }
    List<GeneralRegister> saved = new ArrayList<>();
    for (Reg register : KEPT) {
      if (written.contains(register)) {
        saved.add(Registers.of(register));
      }
    }
    if (isMain()) {
      saved.add(Registers.CONTROL);
    }
    saved.add(RBP);
    return saved;
  }

  void translate() {
    Label end = code.label("end");
    int last = program.flow().end(start) - 1;
    prologue();
    for (int slot = start; slot <= last; slot += program.flow().at(slot).slots()) {
      code.bind(place(slot));
      Operation operation = program.flow().at(slot);
      if (!program.isReached(slot)) {
        code.trap();
      } else if (operation instanceof Operation.Exit) {
        if (slot < last) {
          code.jump(end);
        }
      } else {
        step(slot, operation);
      }
    }
    code.bind(end);
    epilogue();
  }

  private Label place(int slot) {
    return places.computeIfAbsent(slot, absent -> code.label("slot " + absent));
  }

  /// The stack pointer is a multiple of 16 wherever a function is called.
  private void prologue() {
    if (isMain()) {
      code.endbr64();
    }
    saved.forEach(code::push);
    if (isMain()) {
      code.mov(true, Registers.CONTROL, RSI);
    }
    code.mov(true, RBP, RSP);
    int pushedBytes = 8 + 8 * saved.size();
    int stackBytes = (program.stackBytes(start) + 7) & ~7;
    int frameBytes = (pushedBytes + stackBytes + 15 & ~15) - pushedBytes;
    if (frameBytes > 0) {
      code.binary(Binary.SUB, true, RSP, frameBytes);
    }
  }

  private void epilogue() {
    code.mov(true, RSP, RBP);
    saved.reversed().forEach(code::pop);
    code.ret();
  }

  private void step(int slot, Operation operation) {
    switch (operation) {
      case Operation.Arithmetic step -> arithmetic.arithmetic(step);
      case Operation.AtomicStep step -> arithmetic.atomic(step);
      case Operation.Load load ->
          code.load(
              load.size().bytes(),
              Registers.of(load.dst()),
              Registers.of(load.base()),
              load.offset());
      case Operation.Store store -> store(store);
      case Operation.Constant constant -> code.mov(Registers.of(constant.dst()), constant.value());
      case Operation.MapHandle handle ->
          code.load(
              8, Registers.of(handle.dst()), Registers.CONTROL, linkage.handleOffset(handle.map()));
      case Operation.MapValue value -> {
        GeneralRegister dst = Registers.of(value.dst());
        code.load(8, dst, Registers.CONTROL, linkage.valuesOffset(value.map()));
        if (value.offset() != 0) {
          code.binary(Binary.ADD, true, dst, value.offset());
        }
      }
      case Operation.FunctionAddress address ->
          code.address(Registers.of(address.dst()), function(address.slot()));
      case Operation.Goto jump -> code.jump(place(jump.target()));
      case Operation.Conditional jump -> conditional(jump);
      case Operation.CallSubprogram call -> code.call(function(call.slot()));
      case Operation.CallFunction call -> call(slot, call.function());
      case Operation.Exit _ -> throw new IllegalStateException("handled by the caller");
    }
  }

  private Label function(int slot) {
    Label label = functions.get(slot);
    if (label == null) {
      throw new IllegalStateException("no function at slot " + slot);
    }
    return label;
  }

  private void store(Operation.Store store) {
    int bytes = store.size().bytes();
    GeneralRegister base = Registers.of(store.base());
    switch (store.value()) {
      case Operation.Operand.Register(Reg src) ->
          code.store(bytes, base, store.offset(), Registers.of(src));
      case Operation.Operand.Immediate(int value) ->
          code.storeImmediate(bytes, base, store.offset(), value);
    }
  }

  private void conditional(Operation.Conditional jump) {
    boolean wide = jump.wide();
    boolean bits = jump.condition() == Jump.ANY_BIT;
    GeneralRegister left = Registers.of(jump.left());
    switch (jump.right()) {
      case Operation.Operand.Register(Reg right) -> {
        if (bits) {
          code.test(wide, left, Registers.of(right));
        } else {
          code.binary(Binary.CMP, wide, left, Registers.of(right));
        }
      }
      case Operation.Operand.Immediate(int value) -> {
        if (bits) {
          code.test(wide, left, value);
        } else if (value == 0) {
          code.test(wide, left, left);
        } else {
          code.binary(Binary.CMP, wide, left, value);
        }
      }
    }
    code.jumpIf(condition(jump.condition()), place(jump.target()));
  }

  private static Condition condition(Jump jump) {
    return switch (jump) {
      case EQUAL -> Condition.EQUAL;
      case NOT_EQUAL, ANY_BIT -> Condition.NOT_EQUAL;
      case GREATER -> Condition.ABOVE;
      case GREATER_EQUAL -> Condition.ABOVE_EQUAL;
      case LESS -> Condition.BELOW;
      case LESS_EQUAL -> Condition.BELOW_EQUAL;
      case SIGNED_GREATER -> Condition.GREATER;
      case SIGNED_GREATER_EQUAL -> Condition.GREATER_EQUAL;
      case SIGNED_LESS -> Condition.LESS;
      case SIGNED_LESS_EQUAL -> Condition.LESS_EQUAL;
    };
  }

  private void call(int slot, BpfFunction function) {
    if (function == BpfFunction.LOOP) {
      loop(function(program.loopBody(slot)));
      return;
    }
    switch (linkage.target(function)) {
      case Linkage.Target.Near(Label label) -> code.call(label);
      case Linkage.Target.Through(int offset) -> code.callIndirect(Registers.CONTROL, offset);
    }
  }

  /// `bpf_loop`: R1 rounds, R3 what the body gets as R2, R4 must be 0. The stack holds the rounds,
  /// the body's R2 and the round. R0 becomes the number of rounds begun, or a negative error (Linux
  /// 6.6 kernel/bpf/bpf_iter.c, `bpf_loop`).
  private void loop(Label body) {
    Label again = code.label("again");
    Label done = code.label("done");
    Label invalid = code.label("invalid");
    Label tooMany = code.label("too_many");
    Label out = code.label("out");
    code.test(true, RCX, RCX);
    code.jumpIf(Condition.NOT_EQUAL, invalid);
    code.mov(false, RDI, RDI);
    code.binary(Binary.CMP, false, RDI, CallVerifier.MAX_LOOPS);
    code.jumpIf(Condition.ABOVE, tooMany);
    code.binary(Binary.SUB, true, RSP, 32);
    code.store(8, RSP, 0, RDI);
    code.store(8, RSP, 8, RDX);
    code.storeImmediate(8, RSP, 16, 0);
    code.bind(again);
    code.load(8, RDI, RSP, 16);
    code.binary(Binary.CMP, true, RDI, RSP, 0);
    code.jumpIf(Condition.ABOVE_EQUAL, done);
    code.load(8, RSI, RSP, 8);
    code.call(body);
    code.binaryTo(Binary.ADD, true, RSP, 16, 1);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, again);
    code.bind(done);
    code.load(8, RAX, RSP, 16);
    code.binary(Binary.ADD, true, RSP, 32);
    code.jump(out);
    code.bind(invalid);
    code.mov(RAX, -EINVAL);
    code.jump(out);
    code.bind(tooMany);
    code.mov(RAX, -E2BIG);
    code.bind(out);
  }
}
