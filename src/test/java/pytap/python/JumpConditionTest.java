package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.Instruction;
import pytap.probe.Condition;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

final class JumpConditionTest {
  private static final int CARRY = 1;
  private static final int PARITY = 4;
  private static final int ZERO = 0x40;
  private static final int SIGN = 0x80;
  private static final int OVERFLOW = 0x800;

  /// Each jump with what the Intel manual says of it, in the order of the opcodes from `jo` on.
  private static final List<LongPredicate> MANUAL =
      List.of(
          flags -> (flags & OVERFLOW) != 0,
          flags -> (flags & OVERFLOW) == 0,
          flags -> (flags & CARRY) != 0,
          flags -> (flags & CARRY) == 0,
          flags -> (flags & ZERO) != 0,
          flags -> (flags & ZERO) == 0,
          flags -> (flags & CARRY) != 0 || (flags & ZERO) != 0,
          flags -> (flags & CARRY) == 0 && (flags & ZERO) == 0,
          flags -> (flags & SIGN) != 0,
          flags -> (flags & SIGN) == 0,
          flags -> (flags & PARITY) != 0,
          flags -> (flags & PARITY) == 0,
          flags -> (flags & SIGN) != 0 != ((flags & OVERFLOW) != 0),
          flags -> (flags & SIGN) != 0 == ((flags & OVERFLOW) != 0),
          flags -> (flags & ZERO) != 0 || (flags & SIGN) != 0 != ((flags & OVERFLOW) != 0),
          flags -> (flags & ZERO) == 0 && (flags & SIGN) != 0 == ((flags & OVERFLOW) != 0));

  @Test
  void everyJumpsConditionHoldsExactlyWhenItJumps() throws FormatException {
    for (int code = 0; code < 16; code++) {
      Instruction jump =
          new Decoder(ByteBuffer.wrap(new byte[] {(byte) (0x70 + code), 0}), 0).at(0);
      for (long flags = 0; flags < 0x1000; flags++) {
        boolean jumps = MANUAL.get(code).test(flags);
        assertThat(holds(JumpCondition.taken(jump), flags)).isEqualTo(jumps);
        assertThat(holds(JumpCondition.notTaken(jump), flags)).isNotEqualTo(jumps);
      }
    }
  }

  private static boolean holds(Condition condition, long flags) {
    return switch (condition) {
      case Condition.Always() -> true;
      case Condition.Equal(Value left, Value right) -> value(left, flags) == value(right, flags);
      case Condition.Less(Value left, Value right) -> value(left, flags) < value(right, flags);
      case Condition.Not(Condition inner) -> !holds(inner, flags);
      case Condition.All(List<Condition> all) -> all.stream().allMatch(c -> holds(c, flags));
      case Condition.Any(List<Condition> any) -> any.stream().anyMatch(c -> holds(c, flags));
    };
  }

  private static long value(Value value, long flags) {
    return switch (value) {
      case Value.OfRegister(Register register) -> {
        assertThat(register).isEqualTo(Register.FLAGS);
        yield flags;
      }
      case Value.Constant(long constant) -> constant;
      case Value.Masked(Value base, long mask) -> value(base, flags) & mask;
      case Value.ShiftedLeft(Value base, int bits) -> value(base, flags) << bits;
      default -> throw new AssertionError("no part of a jump's condition: " + value);
    };
  }
}
