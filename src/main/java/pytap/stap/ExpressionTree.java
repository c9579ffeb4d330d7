package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.ir.FormatPiece;

/// An expression as it was written.
sealed interface ExpressionTree {
  /// The token that messages about the expression point at: an operator, a name, a literal.
  Token token();

  record Number(Token token, long value) implements ExpressionTree {}

  record Text(Token token, String value) implements ExpressionTree {}

  record Symbol(Token token, String name) implements ExpressionTree {}

  /// `name[keys]`; an absent key is `*`.
  record Element(Token token, String name, List<Optional<ExpressionTree>> keys)
      implements ExpressionTree {}

  record Call(Token token, String name, List<ExpressionTree> arguments)
      implements ExpressionTree {}

  /// `+ - ! ~`
  record Unary(Token token, ExpressionTree operand) implements ExpressionTree {}

  /// `++` or `--`
  record Increment(Token token, boolean prefix, ExpressionTree operand)
      implements ExpressionTree {}

  /// Any operator of two values but assignment.
  record Binary(Token token, ExpressionTree left, ExpressionTree right)
      implements ExpressionTree {}

  /// `=`, `+=` and so on, `<<<`
  record Assignment(Token token, ExpressionTree left, ExpressionTree right)
      implements ExpressionTree {}

  record Conditional(
      Token token, ExpressionTree condition, ExpressionTree then, ExpressionTree otherwise)
      implements ExpressionTree {}

  /// `[keys] in array`
  record Contains(Token token, List<Optional<ExpressionTree>> keys, ExpressionTree array)
      implements ExpressionTree {}

  /// `left =~ "pattern"` or `!~`
  record Match(Token token, ExpressionTree left, String pattern) implements ExpressionTree {}

  /// `$arg1`, `$$parms`, `$name->field[0]`
  record TargetSymbol(Token token, String name, List<Accessor> accessors, boolean addressOf)
      implements ExpressionTree {}

  /// What follows a target symbol or a cast.
  sealed interface Accessor {
    record Field(String name) implements Accessor {}

    record Index(ExpressionTree index) implements Accessor {}
  }

  record Defined(Token token, ExpressionTree operand) implements ExpressionTree {}

  /// `@count(x)`, `@hist_linear(x, 0, 100, 10)`
  ///
  /// @param bucket `[i]` behind a histogram
  record Statistic(
      Token token,
      ExpressionTree operand,
      List<ExpressionTree> parameters,
      Optional<ExpressionTree> bucket)
      implements ExpressionTree {}

  /// `@cast(…)`, `@var(…)`, `@entry(…)` and the like.
  record AtCall(Token token, List<ExpressionTree> arguments, List<Accessor> accessors)
      implements ExpressionTree {}

  /// `printf(…)` and its relatives.
  ///
  /// @param delimiter of `printd`
  record Print(
      Token token,
      PrintName name,
      Optional<Format> format,
      Optional<String> delimiter,
      List<ExpressionTree> arguments)
      implements ExpressionTree {}

  /// A format string and what it means.
  record Format(String text, List<FormatPiece> pieces) {
    public Format {
      pieces = List.copyOf(pieces);
    }
  }
}
