package pytap.python;

import java.util.List;
import pytap.asm.x86.Instruction;
import pytap.probe.Condition;
import pytap.probe.Register;
import pytap.probe.Value;

/// When a conditional jump jumps, as a condition on the flags (Intel SDM volume 1, appendix B).
final class JumpCondition {
  private static final long CARRY = 1;
  private static final long PARITY = 4;
  private static final long ZERO = 0x40;
  private static final long SIGN = 0x80;
  private static final long OVERFLOW = 0x800;

  private JumpCondition() {}

  /// That `jump`, a `jcc`, is about to jump.
  static Condition taken(Instruction jump) {
    int code = jump.opcode() & 0xf;
    Condition even =
        switch (code & 0xe) {
          case 0x0 -> anyOf(OVERFLOW);
          case 0x2 -> anyOf(CARRY);
          case 0x4 -> anyOf(ZERO);
          case 0x6 -> anyOf(CARRY | ZERO);
          case 0x8 -> anyOf(SIGN);
          case 0xa -> anyOf(PARITY);
          case 0xc -> less();
          default -> new Condition.Any(List.of(anyOf(ZERO), less()));
        };
    return (code & 1) == 0 ? even : not(even);
  }

  /// That `jump` is about to fall through.
  static Condition notTaken(Instruction jump) {
    return not(taken(jump));
  }

  private static Condition not(Condition condition) {
    return condition instanceof Condition.Not(Condition inner)
        ? inner
        : new Condition.Not(condition);
  }

  private static Condition anyOf(long mask) {
    return new Condition.Not(
        new Condition.Equal(new Value.Masked(flags(), mask), Value.constant(0)));
  }

  /// The sign flag differs from the overflow flag, four bits above it.
  private static Condition less() {
    return new Condition.Not(
        new Condition.Equal(
            new Value.ShiftedLeft(new Value.Masked(flags(), SIGN), 4),
            new Value.Masked(flags(), OVERFLOW)));
  }

  private static Value flags() {
    return Value.register(Register.FLAGS);
  }
}
