package pytap.ir;

import java.util.List;
import java.util.Optional;
import pytap.source.Span;

/// An expression. Operands are evaluated left to right.
public sealed interface Expr {
  Type type();

  /// Where it stands in the script, for run-time errors.
  Span span();

  record LongConstant(long value, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  record StringConstant(String value, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.STRING;
    }
  }

  record LocalRead(Local local, Span span) implements Expr {
    @Override
    public Type type() {
      return local.type();
    }
  }

  record GlobalRead(Global global, Span span) implements Expr {
    @Override
    public Type type() {
      return global.type();
    }
  }

  /// `array[keys]`; an absent element reads as 0 or "".
  record ElementRead(Global array, List<Expr> keys, Span span) implements Expr {
    public ElementRead {
      keys = List.copyOf(keys);
    }

    @Override
    public Type type() {
      return array.type();
    }
  }

  /// `[keys] in array`: 1 or 0.
  record Contains(Global array, List<Expr> keys, Span span) implements Expr {
    public Contains {
      keys = List.copyOf(keys);
    }

    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  /// `[keys] in array` where an absent key stands for any: 1 or 0.
  record ContainsSlice(Global array, List<Optional<Expr>> keys, Span span) implements Expr {
    public ContainsSlice {
      keys = List.copyOf(keys);
    }

    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  /// `target = value`; its value is the value stored.
  record Assign(Target target, Expr value, Span span) implements Expr {
    @Override
    public Type type() {
      return target.type();
    }
  }

  /// `target OP= operand`, and `++`/`--` as ADD/SUBTRACT of 1. Keys of an element are evaluated
  /// once.
  ///
  /// @param yieldsOld the value is the one before the update (`x++`), else the one after (`++x`)
  record Update(Target target, BinaryOperator operator, Expr operand, boolean yieldsOld, Span span)
      implements Expr {
    @Override
    public Type type() {
      return target.type();
    }
  }

  /// `statistic <<< value`; its value is the value added.
  record Accumulate(Target statistic, Expr value, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  /// `@count(statistic)` and its like. A run-time error where the function is not defined for a
  /// statistic without values: all but the count and the sum.
  record Aggregate(AggregateFunction function, Target statistic, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  /// `@hist_log(statistic)[index]`: how many values lie in a bucket.
  record Bucket(Target statistic, Expr index, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  /// `index in @hist_log(statistic)`: 1 where there is such a bucket, else 0.
  record HasBucket(Target statistic, Expr index, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  /// `sprint(@hist_log(statistic))`: the drawing, cut at MAXSTRINGLEN - 1.
  record HistogramText(Target statistic, boolean newline, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.STRING;
    }
  }

  /// `text =~ "pattern"`, or `!~` where it is `negated`: 1 or 0. Remembers the match for
  /// `matched()`.
  record Match(Expr text, String pattern, boolean negated, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  record Binary(BinaryOperator operator, Expr left, Expr right, Span span) implements Expr {
    @Override
    public Type type() {
      return operator == BinaryOperator.CONCATENATE ? Type.STRING : Type.LONG;
    }
  }

  /// `left && right` or `left || right`: 1 or 0, the right side evaluated only where it matters.
  record Logical(boolean conjunction, Expr left, Expr right, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  record Unary(UnaryOperator operator, Expr operand, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  record Conditional(Expr condition, Expr then, Expr otherwise, Span span) implements Expr {
    @Override
    public Type type() {
      return then.type();
    }
  }

  /// A call of a function of the program; functions are found by [Function#name] because they may
  /// call each other.
  record Call(String function, Type type, List<Expr> arguments, Span span) implements Expr {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }

  /// A call of something pytap itself provides.
  record IntrinsicCall(Intrinsic intrinsic, List<Expr> arguments, Span span) implements Expr {
    public IntrinsicCall {
      arguments = List.copyOf(arguments);
    }

    @Override
    public Type type() {
      return intrinsic.result();
    }
  }

  /// `$argN` of the marker the handler stands on, `number` from 1.
  record MarkerArgument(int number, Span span) implements Expr {
    @Override
    public Type type() {
      return Type.LONG;
    }
  }

  /// `sprintf`, `sprint`, `sprintln`: the formatted text, cut at MAXSTRINGLEN - 1.
  record Format(List<FormatPiece> pieces, List<Expr> arguments, Span span) implements Expr {
    public Format {
      pieces = List.copyOf(pieces);
      arguments = List.copyOf(arguments);
    }

    @Override
    public Type type() {
      return Type.STRING;
    }
  }
}
