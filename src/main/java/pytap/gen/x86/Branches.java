package pytap.gen.x86;

import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Operation;
import pytap.asm.bpf.Reg;

/// What a conditional jump tells about the register that it compares.
final class Branches {
  private Branches() {}

  /// Takes into `state` that `jump` was taken or not.
  static void refine(State state, Operation.Conditional jump, boolean taken) {
    if (!jump.wide()) {
      return;
    }
    Value right =
        switch (jump.right()) {
          case Operation.Operand.Register(Reg register) -> state.get(register);
          case Operation.Operand.Immediate(int value) -> Scalar.constant(value);
        };
    if (!(right instanceof Scalar number) || !number.isConstant()) {
      return;
    }
    switch (state.get(jump.left())) {
      case Scalar scalar ->
          state.set(jump.left(), refine(scalar, jump.condition(), number.value(), taken));
      case Value.Pointer pointer when pointer.maybeNull() && number.value() == 0 ->
          refineNull(state, pointer.region(), jump.condition(), taken);
      case Value.Pointer _, Value.MapOf _, Value.Subprogram _, Value.Unset _ -> {}
    }
  }

  private static Scalar refine(Scalar left, Jump condition, long right, boolean taken) {
    return switch (condition) {
      case EQUAL -> taken ? left.within(right, right) : left;
      case NOT_EQUAL -> taken ? left : left.within(right, right);
      case GREATER -> taken ? above(left, right) : left.within(0, right);
      case LESS_EQUAL -> taken ? left.within(0, right) : above(left, right);
      case GREATER_EQUAL -> taken ? left.within(right, -1) : below(left, right);
      case LESS -> taken ? below(left, right) : left.within(right, -1);
      case SIGNED_GREATER -> signed(left, right, taken, 1);
      case SIGNED_LESS_EQUAL -> signed(left, right, !taken, 1);
      case SIGNED_GREATER_EQUAL -> signed(left, right, taken, 0);
      case SIGNED_LESS -> signed(left, right, !taken, 0);
      case ANY_BIT -> left;
    };
  }

  private static Scalar above(Scalar left, long right) {
    return right == -1 ? left : left.within(right + 1, -1);
  }

  private static Scalar below(Scalar left, long right) {
    return right == 0 ? left : left.within(0, right - 1);
  }

  /// Signed `left >= right + extra` where `holds`, else its contrary, as far as it tells about
  /// unsigned bounds.
  private static Scalar signed(Scalar left, long right, boolean holds, int extra) {
    if (right == Long.MAX_VALUE) {
      return left;
    }
    long bound = right + extra;
    if (holds) {
      return bound >= 0 ? left.within(bound, Long.MAX_VALUE) : left;
    }
    return left.max() >= 0 && bound > 0 ? left.within(0, bound - 1) : left;
  }

  /// The result of one call is null, or it is not, in every register and place that has it.
  private static void refineNull(
      State state, Value.Region region, Jump condition, boolean taken) {
    if (condition != Jump.EQUAL && condition != Jump.NOT_EQUAL) {
      return;
    }
    boolean isNull = (condition == Jump.EQUAL) == taken;
    state.replaceAll(
        value ->
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
