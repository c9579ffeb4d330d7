package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R10;
import static pytap.asm.x86.GeneralRegister.R11;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDX;

import pytap.asm.bpf.Operation;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.Shift;

/// Translates arithmetic and atomic steps.
final class ArithmeticTranslator {
  private final Assembler code;

  ArithmeticTranslator(Assembler code) {
    this.code = code;
  }

  void arithmetic(Operation.Arithmetic arithmetic) {
    boolean wide = arithmetic.wide();
    GeneralRegister dst = Registers.of(arithmetic.dst());
    Operation.Operand operand = arithmetic.operand();
    switch (arithmetic.op()) {
      case MOV -> move(wide, dst, operand);
      case ADD -> binary(Binary.ADD, wide, dst, operand);
      case SUB -> binary(Binary.SUB, wide, dst, operand);
      case OR -> binary(Binary.OR, wide, dst, operand);
      case AND -> binary(Binary.AND, wide, dst, operand);
      case XOR -> binary(Binary.XOR, wide, dst, operand);
      case NEGATE -> code.negate(wide, dst);
      case MUL -> {
        switch (operand) {
          case Operation.Operand.Register(var src) -> code.multiply(wide, dst, Registers.of(src));
          case Operation.Operand.Immediate(int value) -> code.multiply(wide, dst, dst, value);
        }
      }
      case DIV -> divide(wide, dst, operand, false);
      case MOD -> divide(wide, dst, operand, true);
      case SHIFT_LEFT -> shift(Shift.LEFT, wide, dst, operand);
      case SHIFT_RIGHT -> shift(Shift.RIGHT, wide, dst, operand);
      case SHIFT_RIGHT_SIGNED -> shift(Shift.RIGHT_SIGNED, wide, dst, operand);
    }
  }

  /// `dst = operand`; where not wide, its low half, zero-extended.
  private void move(boolean wide, GeneralRegister dst, Operation.Operand operand) {
    switch (operand) {
      case Operation.Operand.Register(var src) -> code.mov(wide, dst, Registers.of(src));
      case Operation.Operand.Immediate(int value) ->
          code.mov(dst, wide ? value : Integer.toUnsignedLong(value));
    }
  }

  private void binary(Binary op, boolean wide, GeneralRegister dst, Operation.Operand operand) {
    switch (operand) {
      case Operation.Operand.Register(var src) -> code.binary(op, wide, dst, Registers.of(src));
      case Operation.Operand.Immediate(int value) -> code.binary(op, wide, dst, value);
    }
  }

  /// The machine divides `%rdx:%rax`, and traps where the divisor is 0: there a quotient is 0 and a
  /// remainder the whole.
  private void divide(
      boolean wide, GeneralRegister dst, Operation.Operand operand, boolean remainder) {
    Label zero = code.label("divisor_is_zero");
    move(wide, R10, operand);
    code.mov(true, R11, RAX);
    code.mov(true, R9, RDX);
    code.mov(wide, RAX, dst);
    code.test(true, R10, R10);
    code.jumpIf(Condition.EQUAL, zero);
    code.binary(Binary.XOR, false, RDX, RDX);
    code.divide(wide, R10);
    if (remainder) {
      code.mov(true, RAX, RDX);
      code.bind(zero);
      code.mov(wide, R10, RAX);
    } else {
      code.mov(true, R10, RAX);
      code.bind(zero);
    }
    code.mov(true, RAX, R11);
    code.mov(true, RDX, R9);
    code.mov(true, dst, R10);
  }

  /// A variable number of bits has to be in `%cl`.
  private void shift(Shift op, boolean wide, GeneralRegister dst, Operation.Operand operand) {
    switch (operand) {
      case Operation.Operand.Immediate(int bits) ->
          code.shift(op, wide, dst, bits & (wide ? 63 : 31));
      case Operation.Operand.Register(var register) -> {
        GeneralRegister src = Registers.of(register);
        GeneralRegister shifted = dst == RCX ? R10 : dst;
        code.mov(true, R11, RCX);
        if (dst == RCX) {
          code.mov(true, R10, RCX);
        }
        if (src != RCX) {
          code.mov(true, RCX, src);
        }
        code.shiftByCl(op, wide, shifted);
        code.mov(true, RCX, dst == RCX ? R10 : R11);
      }
    }
  }

  void atomic(Operation.AtomicStep atomic) {
    boolean wide = atomic.size().bytes() == 8;
    GeneralRegister base = Registers.of(atomic.base());
    GeneralRegister src = Registers.of(atomic.src());
    int offset = atomic.offset();
    switch (atomic.op()) {
      case ADD -> code.lockBinaryTo(Binary.ADD, wide, base, offset, src);
      case OR -> code.lockBinaryTo(Binary.OR, wide, base, offset, src);
      case AND -> code.lockBinaryTo(Binary.AND, wide, base, offset, src);
      case XOR -> code.lockBinaryTo(Binary.XOR, wide, base, offset, src);
      case FETCH_ADD -> code.lockExchangeAdd(wide, base, offset, src);
      case EXCHANGE -> code.exchange(wide, base, offset, src);
      case COMPARE_EXCHANGE -> {
        code.lockCompareExchange(wide, base, offset, src);
        if (!wide) {
          code.mov(false, RAX, RAX); // not written where memory held what was expected
        }
      }
      case FETCH_OR -> fetch(Binary.OR, wide, base, offset, src);
      case FETCH_AND -> fetch(Binary.AND, wide, base, offset, src);
      case FETCH_XOR -> fetch(Binary.XOR, wide, base, offset, src);
    }
  }

  /// The machine has no such step that tells the old value, so it is tried until nobody interferes.
  private void fetch(
      Binary op, boolean wide, GeneralRegister base, int offset, GeneralRegister src) {
    Label again = code.label("again");
    code.mov(true, R11, RAX);
    code.mov(true, R9, base);
    code.load(wide ? 8 : 4, RAX, R9, offset);
    code.bind(again);
    code.mov(true, R10, RAX);
    code.binary(op, wide, R10, src == RAX ? R11 : src);
    code.lockCompareExchange(wide, R9, offset, R10);
    code.jumpIf(Condition.NOT_EQUAL, again);
    if (src != RAX) {
      code.mov(true, src, RAX);
      code.mov(true, RAX, R11);
    }
  }
}
