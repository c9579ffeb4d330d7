package pytap.ir;

import java.util.List;
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
