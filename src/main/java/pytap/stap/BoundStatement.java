package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.ir.Stmt;

/// A statement whose names are resolved.
sealed interface BoundStatement {
  Token token();

  /// A block without statements stands for nothing at all.
  record Block(List<BoundStatement> statements, Token token) implements BoundStatement {
    static Block empty(Token token) {
      return new Block(List.of(), token);
    }
  }

  record Evaluate(BoundExpression expression, Token token) implements BoundStatement {}

  record If(BoundExpression condition, BoundStatement then, BoundStatement otherwise, Token token)
      implements BoundStatement {}

  record Loop(
      BoundExpression condition, Optional<BoundExpression> step, BoundStatement body, Token token)
      implements BoundStatement {}

  /// A walk over an array.
  ///
  /// @param keys one local per key
  /// @param arrayToken where the array is named
  record Foreach(
      Variable array,
      Token arrayToken,
      List<Variable> keys,
      Optional<Variable> value,
      List<Optional<BoundExpression>> slice,
      Stmt.Order order,
      Optional<BoundExpression> limit,
      BoundStatement body,
      Token token)
      implements BoundStatement {}

  /// A walk over the buckets of a histogram.
  record ForeachBucket(
      BoundExpression.Place statistic,
      Variable bucket,
      Optional<Variable> value,
      Optional<BoundExpression> limit,
      BoundStatement body,
      Token token)
      implements BoundStatement {}

  record Try(
      BoundStatement body,
      Optional<BoundExpression.Scalar> message,
      BoundStatement handler,
      Token token)
      implements BoundStatement {}

  /// Ends the handler with a run-time error.
  record Fail(String message, Token token) implements BoundStatement {}

  /// `delete a[keys]` where an absent key stands for any
  record DeleteSlice(
      Variable array, Token arrayToken, List<Optional<BoundExpression>> keys, Token token)
      implements BoundStatement {}

  record Return(Optional<BoundExpression> value, Token token) implements BoundStatement {}

  /// `delete a[keys]`
  record DeleteElement(BoundExpression.Element element, Token token) implements BoundStatement {}

  /// `delete a`: a whole array, or a scalar
  record DeleteVariable(Variable variable, Token variableToken, Token token)
      implements BoundStatement {}

  record Next(Token token) implements BoundStatement {}

  record Break(Token token) implements BoundStatement {}

  record Continue(Token token) implements BoundStatement {}
}
