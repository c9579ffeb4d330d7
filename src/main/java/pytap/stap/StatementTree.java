package pytap.stap;

import java.util.List;
import java.util.Optional;

/// A statement as it was written.
sealed interface StatementTree {
  /// Its first token.
  Token token();

  record Block(Token token, List<StatementTree> statements) implements StatementTree {}

  /// `;`
  record Empty(Token token) implements StatementTree {}

  record Expression(Token token, ExpressionTree expression) implements StatementTree {}

  record If(
      Token token,
      ExpressionTree condition,
      StatementTree then,
      Optional<StatementTree> otherwise)
      implements StatementTree {}

  record While(Token token, ExpressionTree condition, StatementTree body)
      implements StatementTree {}

  record For(
      Token token,
      Optional<ExpressionTree> initial,
      Optional<ExpressionTree> condition,
      Optional<ExpressionTree> step,
      StatementTree body)
      implements StatementTree {}

  /// `foreach (value = [keys] in array limit n) body`
  ///
  /// @param slice keys of `array[1, *]`; empty where the whole array is meant
  record Foreach(
      Token token,
      Optional<Token> value,
      List<Token> keys,
      ExpressionTree array,
      List<Optional<ExpressionTree>> slice,
      Optional<Sort> sort,
      Optional<ExpressionTree> limit,
      StatementTree body)
      implements StatementTree {}

  /// What a `foreach` sorts by.
  ///
  /// @param key index of the key; -1 for the value
  /// @param aggregate `@count` and its like, where the value is a statistic
  record Sort(int key, boolean descending, Optional<Token> aggregate) {}

  record Return(Token token, Optional<ExpressionTree> value) implements StatementTree {}

  record Delete(Token token, ExpressionTree target) implements StatementTree {}

  record Next(Token token) implements StatementTree {}

  record Break(Token token) implements StatementTree {}

  record Continue(Token token) implements StatementTree {}

  record Try(Token token, StatementTree body, Optional<Token> message, StatementTree handler)
      implements StatementTree {}
}
