package pytap.python;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import pytap.probe.Condition;
import pytap.probe.Register;
import pytap.probe.Value;

/// What conditions and values read: how often memory, which is what they cost, and which registers.
final class Reads {
  private Reads() {}

  /// How many reads of memory `condition` takes at most.
  static int of(Condition condition) {
    return switch (condition) {
      case Condition.Always() -> 0;
      case Condition.Equal(Value left, Value right) -> of(left) + of(right);
      case Condition.Less(Value left, Value right) -> of(left) + of(right);
      case Condition.Not(Condition inner) -> of(inner);
      case Condition.All(List<Condition> all) -> all.stream().mapToInt(Reads::of).sum();
      case Condition.Any(List<Condition> any) -> any.stream().mapToInt(Reads::of).sum();
    };
  }

  private static int of(Value value) {
    return switch (value) {
      case Value.OfRegister _, Value.Constant _, Value.Static _, Value.ThreadPointer _ -> 0;
      case Value.Load(Value address, int _, boolean _) -> 1 + of(address);
      case Value.Sum(Value base, long _) -> of(base);
      case Value.Difference(Value left, Value right) -> of(left) + of(right);
      case Value.Masked(Value base, long _) -> of(base);
      case Value.ShiftedLeft(Value base, int _) -> of(base);
      case Value.ShiftedRight(Value base, int _) -> of(base);
      case Value.Narrowed(Value base, int _, boolean _) -> of(base);
      case Value.NotZero(Value base) -> of(base);
    };
  }

  static Set<Register> registers(Condition condition) {
    Set<Register> read = EnumSet.noneOf(Register.class);
    collect(condition, read);
    return read;
  }

  static Set<Register> registers(Value value) {
    Set<Register> read = EnumSet.noneOf(Register.class);
    collect(value, read);
    return read;
  }

  private static void collect(Condition condition, Set<Register> read) {
    switch (condition) {
      case Condition.Always() -> {}
      case Condition.Equal(Value left, Value right) -> collect(left, right, read);
      case Condition.Less(Value left, Value right) -> collect(left, right, read);
      case Condition.Not(Condition inner) -> collect(inner, read);
      case Condition.All(List<Condition> all) -> all.forEach(one -> collect(one, read));
      case Condition.Any(List<Condition> any) -> any.forEach(one -> collect(one, read));
    }
  }

  private static void collect(Value left, Value right, Set<Register> read) {
    collect(left, read);
    collect(right, read);
  }

  private static void collect(Value value, Set<Register> read) {
    switch (value) {
      case Value.OfRegister(Register register) -> read.add(register);
      case Value.Constant _, Value.Static _, Value.ThreadPointer _ -> {}
      case Value.Load(Value address, int _, boolean _) -> collect(address, read);
      case Value.Sum(Value base, long _) -> collect(base, read);
      case Value.Difference(Value left, Value right) -> collect(left, right, read);
      case Value.Masked(Value base, long _) -> collect(base, read);
      case Value.ShiftedLeft(Value base, int _) -> collect(base, read);
      case Value.ShiftedRight(Value base, int _) -> collect(base, read);
      case Value.Narrowed(Value base, int _, boolean _) -> collect(base, read);
      case Value.NotZero(Value base) -> collect(base, read);
    }
  }
}
