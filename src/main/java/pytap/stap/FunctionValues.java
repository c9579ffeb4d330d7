package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.ir.BinaryOperator;
import pytap.probe.Occasion;

/// `int_arg(2)` and `returnval()` in a probe on a native function: what the probe captures for
/// them, so that text behind a pointer is captured with it.
final class FunctionValues {
  private FunctionValues() {}

  /// What is wrong with a call where it stands, and what to write instead.
  record Misuse(String message, String hint) {}

  /// Where `call` asks for what `function` does not have at this side.
  static Optional<Misuse> misuse(BoundExpression.IntrinsicCall call, Occasion.Function function) {
    boolean returns = function.side() == Occasion.Side.RETURN;
    String name = call.intrinsic().name();
    if (isArgument(name) && returns) {
      return Optional.of(
          new Misuse(
              name + "() reads an argument, and when a function has returned they are gone",
              "keep it in an array by tid() in a probe on .call"));
    }
    if ((name.equals("returnval") || name.equals("returnstr")) && !returns) {
      return Optional.of(
          new Misuse(
              name + "() reads what a function gives back, which it has not yet done",
              "probe .return"));
    }
    return Optional.empty();
  }

  /// What stands for `call`; the call itself where only the tool can answer it.
  static BoundExpression of(BoundExpression.IntrinsicCall call) {
    Token token = call.token();
    String name = call.intrinsic().name();
    if (name.equals("returnval")) {
      return new BoundExpression.MarkerArgument(1, token);
    }
    if (!isArgument(name)
        || !(call.arguments().getFirst() instanceof BoundExpression.LongConstant(long number, _))
        || number < 1
        || number > Occasion.Function.ARGUMENTS) {
      return call;
    }
    BoundExpression value = new BoundExpression.MarkerArgument((int) number, token);
    return switch (name) {
      case "int_arg", "s32_arg" ->
          shifted(
              BinaryOperator.SHIFT_RIGHT, shifted(BinaryOperator.SHIFT_LEFT, value, token), token);
      case "uint_arg", "u32_arg" ->
          new BoundExpression.Binary(
              BinaryOperator.AND,
              value,
              new BoundExpression.LongConstant(0xffffffffL, token),
              token);
      default -> value;
    };
  }

  private static BoundExpression shifted(
      BinaryOperator direction, BoundExpression value, Token token) {
    return new BoundExpression.Binary(
        direction, value, new BoundExpression.LongConstant(32, token), token);
  }

  private static final List<String> ARGUMENTS =
      List.of(
          "int_arg",
          "uint_arg",
          "long_arg",
          "ulong_arg",
          "longlong_arg",
          "ulonglong_arg",
          "pointer_arg",
          "s32_arg",
          "u32_arg",
          "s64_arg",
          "u64_arg");

  private static boolean isArgument(String name) {
    return ARGUMENTS.contains(name);
  }
}
