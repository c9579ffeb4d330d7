package pytap.python;

import java.util.Optional;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.WrittenRegisters;
import pytap.probe.Register;
import pytap.probe.Value;

/// What a value was computed from: a value just behind an instruction, told by what there is just
/// before it. Values are of registers, constants, and slots of the stack, which the compiler keeps
/// for itself: what is stored through another register does not reach them.
final class EarlierValue {
  private static final Value STACK = Value.register(Register.RSP);
  private static final MemoryOperand TOP =
      new MemoryOperand(Optional.of(GeneralRegister.RSP), Optional.empty(), 1, 0, false, false);

  private EarlierValue() {}

  /// `after`, which holds behind `it`, as it is to be had before `it`; empty where it cannot.
  static Optional<Value> before(Value after, Instruction it) {
    return switch (Effect.of(it)) {
      case Effect.Copy(GeneralRegister to, GeneralRegister from) ->
          replaced(after, it, to, of(from));
      case Effect.Load(GeneralRegister to, MemoryOperand memory, int bytes)
          when bytes == 8 || bytes == 4 ->
          replaced(after, it, to, address(memory).map(at -> new Value.Load(at, bytes, false)));
      case Effect.SetConstant(GeneralRegister to, long value) ->
          replaced(after, it, to, Optional.of(Value.constant(value)));
      case Effect.Address(GeneralRegister to, MemoryOperand memory) ->
          replaced(after, it, to, address(memory));
      case Effect.Add(GeneralRegister register, long amount) ->
          replaced(
              after,
              it,
              register,
              Optional.of(plus(Value.register(Registers.of(register)), amount)));
      case Effect.Store(MemoryOperand memory, GeneralRegister from, int bytes) ->
          stored(after, memory, of(from), bytes);
      case Effect.StoreConstant(MemoryOperand memory, long value, int bytes) ->
          stored(after, memory, Optional.of(Value.constant(value)), bytes);
      case Effect.Push() -> pushed(after, it);
      case Effect.Pop(GeneralRegister to) when to != GeneralRegister.RSP ->
          Optional.of(
              replaced(
                  replaced(after, Register.RSP, plus(STACK, 8)),
                  Registers.of(to),
                  new Value.Load(STACK, 8, false)));
      default -> other(after, it);
    };
  }

  private static Optional<Value> pushed(Value after, Instruction it) {
    return overlaps(after, TOP, 8)
        ? Optional.empty()
        : replaced(after, it, GeneralRegister.RSP, Optional.of(plus(STACK, -8)));
  }

  private static Optional<Value> other(Value after, Instruction it) {
    boolean registers = it.otherRegister().isPresent();
    GeneralRegister other = it.otherRegister().orElse(GeneralRegister.RSP);
    if (it.isOneByte(0x89) && registers && it.operandBytes() == 4) {
      return replaced(after, it, other, of(it.register()).map(EarlierValue::low));
    }
    if (it.isOneByte(0x8b) && registers && it.operandBytes() == 4) {
      return replaced(after, it, it.register(), of(other).map(EarlierValue::low));
    }
    if (it.isOneByte(0x63) && registers && it.operandBytes() == 8) {
      return replaced(
          after, it, it.register(), of(other).map(from -> new Value.Narrowed(from, 4, true)));
    }
    if (it.isOneByte(0x63) && it.operandBytes() == 8) {
      return replaced(
          after,
          it,
          it.register(),
          it.memory().flatMap(EarlierValue::address).map(at -> new Value.Load(at, 4, true)));
    }
    if ((it.isOneByte(0x31) || it.isOneByte(0x33)) && registers && it.register() == other) {
      return replaced(after, it, other, Optional.of(Value.constant(0)));
    }
    if (it.isOneByte(0x01) && registers && it.operandBytes() == 8) {
      return replaced(after, it, other, of(other).flatMap(sum -> sum(sum, of(it.register()))));
    }
    if (it.isOneByte(0x03) && registers && it.operandBytes() == 8) {
      return replaced(
          after, it, it.register(), of(it.register()).flatMap(sum -> sum(sum, of(other))));
    }
    boolean kept = !reads(after, WrittenRegisters.of(it));
    boolean hit = it.memory().isPresent() && overlaps(after, it.memory().get(), 16);
    return kept && !hit ? Optional.of(after) : Optional.empty();
  }

  private static Optional<Value> of(GeneralRegister register) {
    return Optional.of(Value.register(Registers.of(register)));
  }

  private static Value low(Value value) {
    return new Value.Narrowed(value, 4, false);
  }

  private static Value plus(Value base, long offset) {
    return offset == 0 ? base : new Value.Sum(base, offset);
  }

  private static Optional<Value> sum(Value left, Optional<Value> right) {
    return right.map(
        value -> new Value.Difference(left, new Value.Difference(Value.constant(0), value)));
  }

  private static Optional<Value> address(MemoryOperand memory) {
    if (memory.segment()) {
      return Optional.empty();
    }
    if (memory.absolute()) {
      return Optional.of(new Value.Static(memory.displacement()));
    }
    if (memory.base().isEmpty()) {
      return Optional.empty();
    }
    Value base = Value.register(Registers.of(memory.base().get()));
    Optional<Value> whole = Optional.of(base);
    if (memory.index().isPresent()) {
      Value index = Value.register(Registers.of(memory.index().get()));
      int bits = Integer.numberOfTrailingZeros(memory.scale());
      whole = sum(base, Optional.of(bits == 0 ? index : new Value.ShiftedLeft(index, bits)));
    }
    return whole.map(address -> plus(address, memory.displacement()));
  }

  /// `after` with what `it` has put into `to`.
  private static Optional<Value> replaced(
      Value after, Instruction it, GeneralRegister to, Optional<Value> with) {
    int others = WrittenRegisters.of(it) & ~to.bit();
    if (reads(after, others)) {
      return Optional.empty();
    }
    if (!reads(after, to.bit())) {
      return Optional.of(after);
    }
    return with.map(value -> replaced(after, Registers.of(to), value));
  }

  private static Value replaced(Value in, Register register, Value with) {
    return switch (in) {
      case Value.OfRegister(Register own) -> own == register ? with : in;
      case Value.Constant _, Value.Static _, Value.ThreadPointer _ -> in;
      case Value.Load(Value address, int bytes, boolean signed) ->
          new Value.Load(replaced(address, register, with), bytes, signed);
      case Value.Sum(Value base, long offset) -> sum(replaced(base, register, with), offset);
      case Value.Difference(Value left, Value right) ->
          new Value.Difference(replaced(left, register, with), replaced(right, register, with));
      case Value.Masked(Value base, long mask) ->
          new Value.Masked(replaced(base, register, with), mask);
      case Value.ShiftedLeft(Value base, int bits) ->
          new Value.ShiftedLeft(replaced(base, register, with), bits);
      case Value.ShiftedRight(Value base, int bits) ->
          new Value.ShiftedRight(replaced(base, register, with), bits);
      case Value.Narrowed(Value base, int bytes, boolean signed) ->
          new Value.Narrowed(replaced(base, register, with), bytes, signed);
      case Value.NotZero(Value base) -> new Value.NotZero(replaced(base, register, with));
    };
  }

  /// Adds up what is added one after the other.
  private static Value sum(Value base, long offset) {
    return switch (base) {
      case Value.Sum(Value inner, long before) -> plus(inner, before + offset);
      case Value.Static(long address) -> new Value.Static(address + offset);
      case Value.Constant(long value) -> Value.constant(value + offset);
      default -> plus(base, offset);
    };
  }

  private static boolean reads(Value value, int registers) {
    for (GeneralRegister register : GeneralRegister.values()) {
      if ((registers & register.bit()) != 0
          && Reads.registers(value).contains(Registers.of(register))) {
        return true;
      }
    }
    return false;
  }

  /// Behind a store to `memory`.
  private static Optional<Value> stored(
      Value after, MemoryOperand memory, Optional<Value> stored, int bytes) {
    Optional<Value> address = address(memory);
    if (address.isPresent() && after.equals(new Value.Load(address.get(), bytes, false))) {
      return bytes == 8 ? stored : stored.map(EarlierValue::low);
    }
    return overlaps(after, memory, bytes) ? Optional.empty() : Optional.of(after);
  }

  /// Whether `value` reads memory that `bytes` bytes at `memory` may be part of.
  private static boolean overlaps(Value value, MemoryOperand memory, int bytes) {
    return switch (value) {
      case Value.OfRegister _, Value.Constant _, Value.Static _, Value.ThreadPointer _ -> false;
      case Value.Load(Value address, int width, boolean _) ->
          overlaps(address, memory, bytes) || meet(address, width, memory, bytes);
      case Value.Sum(Value base, long _) -> overlaps(base, memory, bytes);
      case Value.Difference(Value left, Value right) ->
          overlaps(left, memory, bytes) || overlaps(right, memory, bytes);
      case Value.Masked(Value base, long _) -> overlaps(base, memory, bytes);
      case Value.ShiftedLeft(Value base, int _) -> overlaps(base, memory, bytes);
      case Value.ShiftedRight(Value base, int _) -> overlaps(base, memory, bytes);
      case Value.Narrowed(Value base, int _, boolean _) -> overlaps(base, memory, bytes);
      case Value.NotZero(Value base) -> overlaps(base, memory, bytes);
    };
  }

  private static boolean meet(Value address, int width, MemoryOperand memory, int bytes) {
    if (memory.base().isEmpty()) {
      return false;
    }
    Value base = Value.register(Registers.of(memory.base().get()));
    long from =
        switch (address) {
          case Value.OfRegister own when own.equals(base) -> 0;
          case Value.Sum(Value inner, long offset) when inner.equals(base) -> offset;
          default -> Long.MIN_VALUE;
        };
    return from != Long.MIN_VALUE
        && (memory.index().isPresent()
            || from < memory.displacement() + bytes && memory.displacement() < from + width);
  }
}
