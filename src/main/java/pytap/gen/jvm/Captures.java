package pytap.gen.jvm;

import java.util.Optional;
import pytap.ir.Expr;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.RecordLayout;
import pytap.place.Taken;

/// Finds what a handler reads in the records of its channel.
record Captures(RecordLayout layout) {

  /// The slot that holds the number of `expression`.
  Optional<RecordLayout.Slot> number(Expr expression) {
    Optional<Taken> taken = Taken.of(expression);
    return taken.isEmpty() ? Optional.empty() : number(taken.get());
  }

  private Optional<RecordLayout.Slot> number(Taken taken) {
    for (RecordLayout.Slot slot : layout.slots()) {
      if (slot.capture() instanceof Capture.Number number && same(number.value(), taken)) {
        return Optional.of(slot);
      }
    }
    return Optional.empty();
  }

  /// Whether the number of `expression` can be computed from the record without fault checks of its
  /// own: it is a constant or stands in a slot.
  boolean isAtHand(Expr expression) {
    return expression instanceof Expr.LongConstant || number(expression).isPresent();
  }

  /// The slot that holds the integer of `widthBytes` at the address `expression`.
  Optional<RecordLayout.Slot> integer(Expr expression, int widthBytes) {
    Optional<Taken> taken = Taken.of(expression);
    for (RecordLayout.Slot slot : layout.slots()) {
      if (slot.capture() instanceof Capture.Integer integer
          && integer.widthBytes() == widthBytes
          && taken.isPresent()
          && same(integer.address(), taken.get())) {
        return Optional.of(slot);
      }
    }
    return Optional.empty();
  }

  /// The slot that holds the most of the text at the address `expression`.
  Optional<RecordLayout.Slot> text(Expr expression) {
    Optional<Taken> taken = Taken.of(expression);
    Optional<RecordLayout.Slot> found = Optional.empty();
    int most = 0;
    for (RecordLayout.Slot slot : layout.slots()) {
      if (slot.capture() instanceof Capture.Text text
          && text.maxBytes() > most
          && taken.isPresent()
          && same(text.address(), taken.get())) {
        found = Optional.of(slot);
        most = text.maxBytes();
      }
    }
    return found;
  }

  /// Whether the bytes of `capture` stand behind the record's fixed part.
  static boolean isOfVariableLength(Capture capture) {
    return switch (capture) {
      case Capture.Text _, Capture.Stack _ -> true;
      case Capture.OfFact _, Capture.Number _, Capture.Integer _ -> false;
    };
  }

  /// How many slots of variable length stand before `slot`.
  int textIndex(RecordLayout.Slot slot) {
    int index = 0;
    for (RecordLayout.Slot other : layout.slots()) {
      if (other.index() < slot.index() && isOfVariableLength(other.capture())) {
        index++;
      }
    }
    return index;
  }

  boolean has(Fact fact) {
    for (RecordLayout.Slot slot : layout.slots()) {
      if (slot.capture() instanceof Capture.OfFact captured && captured.fact() == fact) {
        return true;
      }
    }
    return false;
  }

  private static boolean same(Taken left, Taken right) {
    if (left instanceof Taken.Argument one && right instanceof Taken.Argument other) {
      return one.number() == other.number();
    }
    if (left instanceof Taken.Constant one && right instanceof Taken.Constant other) {
      return one.value() == other.value();
    }
    return left instanceof Taken.Arithmetic one
        && right instanceof Taken.Arithmetic other
        && one.operator() == other.operator()
        && same(one.left(), other.left())
        && same(one.right(), other.right());
  }
}
