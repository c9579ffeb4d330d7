package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.ir.FormatPiece;
import pytap.ir.FormatPiece.Amount;
import pytap.ir.FormatPiece.Conversion;
import pytap.ir.FormatPiece.Flag;
import pytap.ir.Intrinsic;
import pytap.ir.Intrinsics;
import pytap.probe.Glob;
import pytap.probe.Occasion;

/// `$arg1`, `$$name` and their like on markers.
final class TargetSymbols {
  private final HandlerScope scope;
  private final Findings findings;

  TargetSymbols(HandlerScope scope, Findings findings) {
    this.scope = scope;
    this.findings = findings;
  }

  BoundExpression bind(ExpressionTree.TargetSymbol symbol) {
    Optional<BoundExpression> value = resolve(symbol);
    if (value.isPresent()) {
      return value.get();
    }
    findings.report(
        StapCode.UNRESOLVED_TARGET_SYMBOL,
        "unresolved target-symbol expression",
        symbol.token(),
        hint());
    return new BoundExpression.Broken(symbol.token());
  }

  boolean isDefined(ExpressionTree.TargetSymbol symbol) {
    return resolve(symbol).isPresent();
  }

  private Optional<BoundExpression> resolve(ExpressionTree.TargetSymbol symbol) {
    Optional<Occasion.Function> function = scope.nativeFunction();
    if (function.isPresent() && symbol.accessors().isEmpty() && !symbol.addressOf()) {
      return ofFunction(symbol, function.get());
    }
    Optional<Occasion.Marker> marker = scope.marker();
    if (marker.isEmpty() || !symbol.accessors().isEmpty() || symbol.addressOf()) {
      return Optional.empty();
    }
    Token token = symbol.token();
    String name = marker.get().marker();
    Optional<String> provider = marker.get().provider();
    return switch (symbol.name()) {
      case "$$name" -> Optional.of(named(symbol, Optional.of(name)));
      case "$$provider" ->
          Optional.of(
              named(
                  symbol,
                  PythonMarkers.arguments(marker.get()).isPresent()
                      ? Optional.of("python")
                      : provider));
      case "$$locals" -> Optional.of(new BoundExpression.StringConstant("", token));
      case "$$vars", "$$parms" -> allArguments(marker.get(), token);
      default -> argument(symbol, marker.get());
    };
  }

  /// The name where the script has it, else what the place that is hit says.
  private static BoundExpression named(ExpressionTree.TargetSymbol symbol, Optional<String> name) {
    if (name.isPresent() && !Glob.isPattern(name.get())) {
      return new BoundExpression.StringConstant(name.get(), symbol.token());
    }
    for (Intrinsic intrinsic : Intrinsics.all()) {
      if (intrinsic.name().equals(symbol.name())) {
        return new BoundExpression.IntrinsicCall(intrinsic, List.of(), symbol.token());
      }
    }
    throw new IllegalStateException("no function for " + symbol.name());
  }

  /// What there is without debug information: what the function gives back.
  private static Optional<BoundExpression> ofFunction(
      ExpressionTree.TargetSymbol symbol, Occasion.Function function) {
    Token token = symbol.token();
    if (function.side() != Occasion.Side.RETURN) {
      return Optional.empty();
    }
    BoundExpression value = new BoundExpression.MarkerArgument(1, token);
    return switch (symbol.name()) {
      case "$return" -> Optional.of(value);
      case "$$return" -> {
        List<FormatPiece> pieces =
            List.of(
                new FormatPiece.Literal("return="),
                new FormatPiece.Directive(
                    Flag.ALTERNATE, Amount.NONE, Amount.NONE, Conversion.HEX_LOWER));
        PrintName sprintf = new PrintName(true, true, false, false);
        yield Optional.of(
            new BoundExpression.Print(
                sprintf, Optional.of(pieces), Optional.empty(), List.of(value), token));
      }
      default -> Optional.empty();
    };
  }

  private static Optional<BoundExpression> argument(
      ExpressionTree.TargetSymbol symbol, Occasion.Marker marker) {
    if (!symbol.name().startsWith("$arg")) {
      return Optional.empty();
    }
    String digits = symbol.name().substring(4);
    if (digits.isEmpty() || digits.length() > 2 || digits.charAt(0) == '0') {
      return Optional.empty();
    }
    int number = 0;
    for (int i = 0; i < digits.length(); i++) {
      if (!Characters.isDigit(digits.charAt(i))) {
        return Optional.empty();
      }
      number = number * 10 + digits.charAt(i) - '0';
    }
    return number <= PythonMarkers.arguments(marker).orElse(12)
        ? Optional.of(new BoundExpression.MarkerArgument(number, symbol.token()))
        : Optional.empty();
  }

  /// `$arg1=0x… $arg2=0x…`
  private static Optional<BoundExpression> allArguments(Occasion.Marker marker, Token token) {
    OptionalInt count = PythonMarkers.arguments(marker);
    if (count.isEmpty()) {
      return Optional.empty();
    }
    List<FormatPiece> pieces = new ArrayList<>();
    List<BoundExpression> arguments = new ArrayList<>();
    for (int i = 1; i <= count.getAsInt(); i++) {
      pieces.add(new FormatPiece.Literal((i > 1 ? " $arg" : "$arg") + i + "="));
      pieces.add(
          new FormatPiece.Directive(
              Flag.ALTERNATE, Amount.NONE, Amount.NONE, Conversion.HEX_LOWER));
      arguments.add(new BoundExpression.MarkerArgument(i, token));
    }
    PrintName sprintf = new PrintName(true, true, false, false);
    return Optional.of(
        new BoundExpression.Print(
            sprintf, Optional.of(pieces), Optional.empty(), arguments, token));
  }

  private String hint() {
    if (scope.function().isPresent()) {
      return "functions have no target variables; pass the value as an argument";
    }
    if (scope.nativeFunction().isPresent()) {
      return scope.nativeFunction().get().side() == Occasion.Side.RETURN
          ? "without debug information there is $return"
          : "without debug information there are int_arg(1), pointer_arg(2) and so on";
    }
    if (scope.marker().isEmpty()) {
      return "only probes on a marker have $arg1, $arg2 and so on";
    }
    OptionalInt count = PythonMarkers.arguments(scope.marker().get());
    return count.isPresent()
        ? scope.marker().get().marker()
            + (count.getAsInt() == 1 ? " has $arg1 only" : " has $arg1 to $arg" + count.getAsInt())
        : "markers have $arg1, $arg2 and so on, $$name and $$provider";
  }
}
