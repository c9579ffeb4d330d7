package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R3;
import static pytap.asm.bpf.Reg.R6;

import java.util.HashMap;
import java.util.Map;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.probe.Condition;
import pytap.probe.Register;
import pytap.probe.Value;

/// Compiles [Value] and [Condition] trees of one site. Every memory read is made once: its result
/// stays in the stack for later uses on the same path.
final class ValueEmitter {
  private final Assembler code;
  private final Stack stack;
  private final KernelOffsets offsets;
  private final long siteAddress;
  private Map<Value, Integer> known = new HashMap<>();

  ValueEmitter(Assembler code, Stack stack, KernelOffsets offsets, long siteAddress) {
    this.code = code;
    this.stack = stack;
    this.offsets = offsets;
    this.siteAddress = siteAddress;
  }

  /// Leaves `value` in R0; jumps to `unreadable` where the target's memory cannot be read. Loses R1
  /// to R5.
  void emit(Value value, Label unreadable) {
    switch (value) {
      case Value.OfRegister of -> code.load(Size.DOUBLE, R0, R6, of.register().offset());
      case Value.Constant constant -> code.movLong(R0, constant.value());
      case Value.Static at -> {
        code.load(Size.DOUBLE, R0, R6, Register.RIP.offset());
        addLong(at.address() - siteAddress);
      }
      case Value.Load load -> emitLoad(load, unreadable);
      case Value.Sum sum -> {
        emit(sum.base(), unreadable);
        addLong(sum.offset());
      }
      case Value.Difference difference -> {
        emit(difference.right(), unreadable);
        int right = stack.allocate(8);
        code.store(Size.DOUBLE, R10, right, R0);
        emit(difference.left(), unreadable);
        code.load(Size.DOUBLE, R1, R10, right);
        code.sub(R0, R1);
      }
      case Value.Masked masked -> {
        emit(masked.base(), unreadable);
        code.movLong(R1, masked.mask());
        code.alu(Alu.AND, R0, R1);
      }
      case Value.ShiftedLeft shifted -> {
        emit(shifted.base(), unreadable);
        code.shiftLeft(R0, shifted.bits());
      }
      case Value.ShiftedRight shifted -> {
        emit(shifted.base(), unreadable);
        code.shiftRight(R0, shifted.bits());
      }
      case Value.Narrowed narrowed -> {
        emit(narrowed.base(), unreadable);
        narrow(narrowed.widthBytes(), narrowed.signed());
      }
      case Value.NotZero truth -> {
        emit(truth.base(), unreadable);
        Label zero = code.label("zero");
        code.jumpIf(Jump.EQUAL, R0, 0, zero);
        code.mov(R0, 1);
        code.bind(zero);
      }
      case Value.ThreadPointer pointer -> emitThreadPointer(unreadable);
    }
  }

  /// Leaves `value` in a stack slot and returns the slot's offset from R10.
  private int emitToStack(Value value, Label unreadable) {
    emit(value, unreadable);
    int slot = stack.allocate(8);
    code.store(Size.DOUBLE, R10, slot, R0);
    return slot;
  }

  /// Falls through where `condition` holds, else jumps to `otherwise`.
  void emit(Condition condition, Label otherwise, Label unreadable) {
    switch (condition) {
      case Condition.Always always -> {}
      case Condition.Equal equal ->
          compare(equal.left(), equal.right(), Jump.NOT_EQUAL, otherwise, unreadable);
      case Condition.Less less ->
          compare(less.left(), less.right(), Jump.SIGNED_GREATER_EQUAL, otherwise, unreadable);
      case Condition.Not not -> {
        Label holds = code.label("holds");
        Map<Value, Integer> before = new HashMap<>(known);
        emit(not.condition(), holds, unreadable);
        leave(otherwise, holds);
        code.bind(holds);
        known = before;
      }
      case Condition.All all -> {
        for (Condition part : all.conditions()) {
          emit(part, otherwise, unreadable);
        }
      }
      case Condition.Any any -> emitAny(any, otherwise, unreadable);
    }
  }

  private void emitAny(Condition.Any any, Label otherwise, Label unreadable) {
    Label holds = code.label("any");
    Map<Value, Integer> before = new HashMap<>(known);
    for (Condition part : any.conditions()) {
      Label next = code.label("next");
      emit(part, next, unreadable);
      leave(holds, next);
      code.bind(next);
      known = new HashMap<>(before);
    }
    leave(otherwise, holds);
    code.bind(holds);
    known = before;
  }

  /// Jumps to `target`. Where nothing leads to `next`, the code that follows, the jump has a
  /// condition, because the kernel refuses code that cannot be reached.
  private void leave(Label target, Label next) {
    if (code.isUsed(next)) {
      code.jump(target);
    } else {
      code.mov(R0, 0);
      code.jumpIf(Jump.EQUAL, R0, 0, target);
    }
  }

  private void compare(Value left, Value right, Jump opposite, Label otherwise, Label unreadable) {
    if (right instanceof Value.Constant(long constant) && constant == (int) constant) {
      emit(left, unreadable);
      code.jumpIf(opposite, R0, (int) constant, otherwise);
      return;
    }
    int saved = emitToStack(right, unreadable);
    emit(left, unreadable);
    code.load(Size.DOUBLE, R1, R10, saved);
    code.jumpIf(opposite, R0, R1, otherwise);
  }

  private void emitLoad(Value.Load load, Label unreadable) {
    Integer slot = known.get(load);
    if (slot == null) {
      emit(load.address(), unreadable);
      int fresh = stack.allocate(8);
      code.mov(R3, R0);
      UserMemory.read(code, fresh, load.widthBytes(), unreadable);
      known.put(load, fresh);
      slot = fresh;
    }
    code.load(Size.ofBytes(load.widthBytes()), R0, R10, slot);
    if (load.signed()) {
      narrow(load.widthBytes(), true);
    }
  }

  private void emitThreadPointer(Label unreadable) {
    code.call(BpfFunction.GET_CURRENT_TASK);
    code.mov(R3, R0);
    code.add(R3, offsets.taskFsBase());
    int slot = stack.allocate(8);
    code.mov(R1, R10);
    code.add(R1, slot);
    code.mov(R2, 8);
    code.call(BpfFunction.PROBE_READ_KERNEL);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, unreadable);
    code.load(Size.DOUBLE, R0, R10, slot);
  }

  private void addLong(long offset) {
    if (offset == (int) offset) {
      code.add(R0, (int) offset);
    } else {
      code.movLong(R1, offset);
      code.add(R0, R1);
    }
  }

  private void narrow(int widthBytes, boolean signed) {
    if (widthBytes == 8) {
      return;
    }
    int bits = 64 - 8 * widthBytes;
    code.shiftLeft(R0, bits);
    if (signed) {
      code.shiftRightSigned(R0, bits);
    } else {
      code.shiftRight(R0, bits);
    }
  }
}
