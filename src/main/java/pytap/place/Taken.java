package pytap.place;

import java.util.Optional;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;

/// An expression that the target side can compute when the probe fires: marker arguments, constants
/// and arithmetic on them. It has no positions, so that equal expressions are captured once.
public sealed interface Taken {

  /// `$argN`, from 1.
  record Argument(int number) implements Taken {}

  record Constant(long value) implements Taken {}

  /// ADD, SUBTRACT, MULTIPLY, AND, OR, XOR or a shift of two taken values.
  record Arithmetic(BinaryOperator operator, Taken left, Taken right) implements Taken {}

  /// The highest number of an argument in it; 0 where it has none.
  default int lastArgument() {
    return switch (this) {
      case Argument(int number) -> number;
      case Constant _ -> 0;
      case Arithmetic(_, Taken left, Taken right) ->
          Math.max(left.lastArgument(), right.lastArgument());
    };
  }

  /// What `expression` is as a taken value; empty where it depends on more than the moment of the
  /// probe.
  static Optional<Taken> of(Expr expression) {
    return switch (expression) {
      case Expr.MarkerArgument argument -> Optional.of(new Argument(argument.number()));
      case Expr.LongConstant constant -> Optional.of(new Constant(constant.value()));
      case Expr.Binary binary when isSimple(binary.operator()) ->
          of(binary.left())
              .flatMap(left ->
                  of(binary.right()).map(right -> new Arithmetic(binary.operator(), left, right)));
      case Expr other -> Optional.empty();
    };
  }

  private static boolean isSimple(BinaryOperator operator) {
    return switch (operator) {
      case ADD, SUBTRACT, MULTIPLY, AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_UNSIGNED ->
          true;
      case DIVIDE,
          MODULO,
          EQUAL,
          NOT_EQUAL,
          LESS,
          LESS_OR_EQUAL,
          GREATER,
          GREATER_OR_EQUAL,
          CONCATENATE ->
          false;
    };
  }
}
