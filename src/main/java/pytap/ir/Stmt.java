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

  /// `print(@hist_log(statistic))`.
  record PrintHistogram(Target statistic, boolean newline, Span span) implements Stmt {}

  record If(Expr condition, Stmt then, Optional<Stmt> otherwise, Span span) implements Stmt {}

  /// `while` and `for`: `continue` goes to `step`.
  record Loop(Expr condition, Optional<Expr> step, Stmt body, Span span) implements Stmt {}

  /// Walks over the array as it stood at the start. `keys` holds one local per key of the array.
  ///
  /// @param value receives the element's value where the script asks for it
  /// @param slice only elements with these keys, where an absent one stands for any; empty: all
  /// @param limit evaluated once, before the walk
  record Foreach(
      Global array,
      List<Local> keys,
      Optional<Local> value,
      List<Optional<Expr>> slice,
      Order order,
      Optional<Expr> limit,
      Stmt body,
      Span span)
      implements Stmt {
    public Foreach {
      keys = List.copyOf(keys);
      slice = List.copyOf(slice);
    }
  }

  /// Walks over the numbers of a histogram's buckets, from 0.
  ///
  /// @param value receives the bucket's count where the script asks for it
  /// @param limit evaluated once, before the walk
  record ForeachBucket(
      Target statistic,
      Local bucket,
      Optional<Local> value,
      Optional<Expr> limit,
      Stmt body,
      Span span)
      implements Stmt {}

  /// `try body catch (message) handler`: a run-time error in `body` goes on in `handler`.
  record Try(Stmt body, Optional<Target> message, Stmt handler, Span span) implements Stmt {}

  /// Ends the handler with a run-time error.
  ///
  /// @param name the identifier at `span`, as the error names it
  record Fail(String message, String name, Span span) implements Stmt {}

  /// The order of a walk; entries that compare equal keep the order of insertion.
  sealed interface Order {
    /// Order of insertion.
    record Unsorted() implements Order {}

    record ByKey(int keyIndex, boolean descending) implements Order {}

    record ByValue(boolean descending) implements Order {}

    record ByAggregate(AggregateFunction function, boolean descending) implements Order {}
  }

  /// Leaves a function; with a value where the function has one.
  record Return(Optional<Expr> value, Span span) implements Stmt {}

  /// Leaves the handler.
  record Next(Span span) implements Stmt {}

  record Break(Span span) implements Stmt {}

  record Continue(Span span) implements Stmt {}

  /// `delete a[keys]`, or a scalar reset to 0 or "".
  record DeleteTarget(Target target, Span span) implements Stmt {}

  /// `delete a[keys]` where an absent key stands for any.
  record DeleteSlice(Global array, List<Optional<Expr>> keys, Span span) implements Stmt {
    public DeleteSlice {
      keys = List.copyOf(keys);
    }
  }

  /// `delete a`: every element.
  record DeleteAll(Global array, Span span) implements Stmt {}
}
