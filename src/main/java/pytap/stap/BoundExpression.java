package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.ir.AggregateFunction;
import pytap.ir.BinaryOperator;
import pytap.ir.FormatPiece;
import pytap.ir.Intrinsic;
import pytap.ir.UnaryOperator;

/// An expression whose names are resolved and whose types are still to be found.
sealed interface BoundExpression {
  Token token();

  /// What can be assigned to.
  sealed interface Place extends BoundExpression {
    Variable variable();
  }

  record LongConstant(long value, Token token) implements BoundExpression {}

  record StringConstant(String value, Token token) implements BoundExpression {}

  record Scalar(Variable variable, Token token) implements Place {}

  record Element(Variable variable, List<BoundExpression> keys, Token token) implements Place {}

  record Contains(Variable array, List<BoundExpression> keys, Token token)
      implements BoundExpression {}

  /// `[keys] in array` where an absent key stands for any
  record ContainsSlice(Variable array, List<Optional<BoundExpression>> keys, Token token)
      implements BoundExpression {}

  /// `statistic <<< value`
  record Accumulate(Place statistic, BoundExpression value, Token token)
      implements BoundExpression {}

  /// `@count(statistic)`
  record Aggregate(AggregateFunction function, Place statistic, Token token)
      implements BoundExpression {}

  /// `@hist_log(statistic)[index]`
  record Bucket(Place statistic, BoundExpression index, Token token) implements BoundExpression {}

  /// `index in @hist_log(statistic)`
  record HasBucket(Place statistic, BoundExpression index, Token token)
      implements BoundExpression {}

  /// `print(@hist_log(statistic))`, or `sprint` and the like
  record PrintHistogram(PrintName name, Place statistic, Token token) implements BoundExpression {}

  /// `text =~ "pattern"`
  record Match(BoundExpression text, String pattern, boolean negated, Token token)
      implements BoundExpression {}

  record Assign(Place target, BoundExpression value, Token token) implements BoundExpression {}

  record Update(
      Place target,
      BinaryOperator operator,
      BoundExpression operand,
      boolean yieldsOld,
      Token token)
      implements BoundExpression {}

  record Binary(BinaryOperator operator, BoundExpression left, BoundExpression right, Token token)
      implements BoundExpression {}

  record Logical(boolean conjunction, BoundExpression left, BoundExpression right, Token token)
      implements BoundExpression {}

  record Unary(UnaryOperator operator, BoundExpression operand, Token token)
      implements BoundExpression {}

  record Conditional(
      BoundExpression condition, BoundExpression then, BoundExpression otherwise, Token token)
      implements BoundExpression {}

  record Call(FunctionSymbol function, List<BoundExpression> arguments, Token token)
      implements BoundExpression {}

  record IntrinsicCall(Intrinsic intrinsic, List<BoundExpression> arguments, Token token)
      implements BoundExpression {}

  record MarkerArgument(int number, Token token) implements BoundExpression {}

  /// Prints, or gives the text where the name says so.
  ///
  /// @param pieces of a format; absent for `print` and `printd`, whose directives follow from the
  ///   arguments' types
  record Print(
      PrintName name,
      Optional<List<FormatPiece>> pieces,
      Optional<String> delimiter,
      List<BoundExpression> arguments,
      Token token)
      implements BoundExpression {}

  /// `@probewrite(variable)`: 1 where a handler writes the variable, else 0
  record ProbeWrites(Variable variable, Token token) implements BoundExpression {}

  /// Stands for what could not be resolved; that was said where it was found.
  record Broken(Token token) implements BoundExpression {}
}
