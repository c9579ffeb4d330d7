package pytap.gen.x86;

import java.util.Optional;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Operation;
import pytap.asm.bpf.Reg;

/// What a conditional jump tells about the register that it compares.
final class Branches {
  private Branches() {}

  /// Takes into `state` that `jump` was taken or not. Returns whether that is possible.
  static boolean refine(State state, Operation.Conditional jump, boolean taken) {
    if (!jump.wide()) {
      return true;
    }
    Value right =
        switch (jump.right()) {
          case Operation.Operand.Register(Reg register) -> state.get(register);
          case Operation.Operand.Immediate(int value) -> Scalar.constant(value);
        };
    if (!(right instanceof Scalar number) || !number.isConstant()) {
      return true;
    }
    switch (state.get(jump.left())) {
      case Scalar scalar -> {
        Optional<Scalar> refined = refine(scalar, jump.condition(), number.value(), taken);
        refined.ifPresent(known -> state.set(jump.left(), known));
        return refined.isPresent();
      }
      case Value.Pointer pointer when pointer.maybeNull() && number.value() == 0 ->
          refineNull(state, pointer.region(), jump.condition(), taken);
      case Value.Pointer _, Value.MapOf _, Value.Subprogram _, Value.Unset _ -> {}
    }
    return true;
  }

  private static Optional<Scalar> refine(Scalar left, Jump condition, long right, boolean taken) {
    return switch (condition) {
      case EQUAL -> taken ? left.within(right, right) : without(left, right);
      case NOT_EQUAL -> taken ? without(left, right) : left.within(right, right);
      case GREATER -> taken ? above(left, right) : left.within(0, right);
      case LESS_EQUAL -> taken ? left.within(0, right) : above(left, right);
      case GREATER_EQUAL -> taken ? left.within(right, -1) : below(left, right);
      case LESS -> taken ? below(left, right) : left.within(right, -1);
      case SIGNED_GREATER -> signed(left, right, taken, 1);
      case SIGNED_LESS_EQUAL -> signed(left, right, !taken, 1);
      case SIGNED_GREATER_EQUAL -> signed(left, right, taken, 0);
      case SIGNED_LESS -> signed(left, right, !taken, 0);
      case ANY_BIT -> Optional.of(left);
    };
  }

  private static Optional<Scalar> without(Scalar left, long right) {
    boolean same = left.isConstant() && left.value() == right;
    return same ? Optional.empty() : Optional.of(left);
  }

  private static Optional<Scalar> above(Scalar left, long right) {
    return right == -1 ? Optional.empty() : left.within(right + 1, -1);
  }

  private static Optional<Scalar> below(Scalar left, long right) {
    return right == 0 ? Optional.empty() : left.within(0, right - 1);
  }

  /// Signed `left >= right + extra` where `holds`, else its contrary, as far as it tells about
  /// unsigned bounds.
  private static Optional<Scalar> signed(Scalar left, long right, boolean holds, int extra) {
    if (right == Long.MAX_VALUE) {
      return Optional.of(left);
    }
    long bound = right + extra;
    if (holds) {
      return bound >= 0 ? left.within(bound, Long.MAX_VALUE) : Optional.of(left);
    }
    return left.max() >= 0 && bound > 0 ? left.within(0, bound - 1) : Optional.of(left);
  }

  /// The result of one call is null, or it is not, in every register and place that has it.
  private static void refineNull(State state, Value.Region region, Jump condition, boolean taken) {
    if (condition != Jump.EQUAL && condition != Jump.NOT_EQUAL) {
      return;
    }
    boolean isNull = (condition == Jump.EQUAL) == taken;
    state.replaceAll(value ->
        value instanceof Value.Pointer pointer && pointer.region().equals(region)
            ? isNull ? Scalar.constant(0) : notNull(pointer)
            : value);
    if (isNull && region instanceof Value.Region.RingRecord(int _, int from, boolean _)) {
      state.held().remove(from);
    }
  }

  private static Value notNull(Value.Pointer pointer) {
    Value.Region region =
        switch (pointer.region()) {
          case Value.Region.Entry(int map, int from, boolean _) ->
              new Value.Region.Entry(map, from, false);
          case Value.Region.RingRecord(int bytes, int from, boolean _) ->
              new Value.Region.RingRecord(bytes, from, false);
          case Value.Region.Context _, Value.Region.Frame _, Value.Region.Array _ ->
              throw new IllegalStateException("never null: " + pointer);
        };
    return new Value.Pointer(region, pointer.offset());
  }
}
