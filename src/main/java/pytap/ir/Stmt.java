package pytap.ir;

import java.util.List;
import java.util.Optional;
import pytap.source.Span;

/// A statement.
public sealed interface Stmt {
  Span span();

  record Block(List<Stmt> statements, Span span) implements Stmt {
    public Block {
      statements = List.copyOf(statements);
    }
  }

  /// Evaluates for its effect.
  record Evaluate(Expr expression, Span span) implements Stmt {}

  /// `print`, `println`, `printf`, `printd` and their like.
  record Print(List<FormatPiece> pieces, List<Expr> arguments, Span span) implements Stmt {
    public Print {
      pieces = List.copyOf(pieces);
      arguments = List.copyOf(arguments);
    }
  }

  record If(Expr condition, Stmt then, Optional<Stmt> otherwise, Span span) implements Stmt {}

  /// `while` and `for`: `continue` goes to `step`.
  record Loop(Expr condition, Optional<Expr> step, Stmt body, Span span) implements Stmt {}

  /// Walks over the array as it stood at the start. `keys` holds one local per key of the array.
  ///
  /// @param value receives the element's value where the script asks for it
  /// @param limit evaluated once, before the walk
  record Foreach(
      Global array,
      List<Local> keys,
      Optional<Local> value,
      Order order,
      Optional<Expr> limit,
      Stmt body,
      Span span)
      implements Stmt {
    public Foreach {
      keys = List.copyOf(keys);
    }
  }

  /// The order of a walk; entries that compare equal keep the order of insertion.
  sealed interface Order {
    /// Order of insertion.
    record Unsorted() implements Order {}

    record ByKey(int keyIndex, boolean descending) implements Order {}

    record ByValue(boolean descending) implements Order {}
  }

  /// Leaves a function; with a value where the function has one.
  record Return(Optional<Expr> value, Span span) implements Stmt {}

  /// Leaves the handler.
  record Next(Span span) implements Stmt {}

  record Break(Span span) implements Stmt {}

  record Continue(Span span) implements Stmt {}

  /// `delete a[keys]`, or a scalar reset to 0 or "".
  record DeleteTarget(Target target, Span span) implements Stmt {}

  /// `delete a`: every element.
  record DeleteAll(Global array, Span span) implements Stmt {}
}
