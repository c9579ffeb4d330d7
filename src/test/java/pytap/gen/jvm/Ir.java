package pytap.gen.jvm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.FormatPiece;
import pytap.ir.FormatPiece.Amount;
import pytap.ir.FormatPiece.Conversion;
import pytap.ir.FormatPiece.Flag;
import pytap.ir.Global;
import pytap.ir.Intrinsic;
import pytap.ir.Intrinsics;
import pytap.ir.Local;
import pytap.ir.Stmt;
import pytap.ir.Target;
import pytap.ir.Type;
import pytap.ir.UnaryOperator;
import pytap.source.SourceText;
import pytap.source.Span;

/// Short forms for building programs by hand.
final class Ir {
  static final SourceText SOURCE = new SourceText("t.stp", "x = 1 / 0\na[1] = f(2)\n");

  /// `x` at 1:1.
  static final Span HERE = new Span(SOURCE, 0, 1);

  /// `/` at 1:7.
  static final Span SLASH = new Span(SOURCE, 6, 7);

  /// `a` at 2:1.
  static final Span ELEMENT = new Span(SOURCE, 10, 14);

  /// `f` at 2:8.
  static final Span CALL = new Span(SOURCE, 17, 21);

  private Ir() {}

  static Expr number(long value) {
    return new Expr.LongConstant(value, HERE);
  }

  static Expr text(String value) {
    return new Expr.StringConstant(value, HERE);
  }

  static Local local(int index, String name, Type type) {
    return new Local(index, name, type);
  }

  static Expr read(Local local) {
    return new Expr.LocalRead(local, HERE);
  }

  static Expr read(Global global) {
    return new Expr.GlobalRead(global, HERE);
  }

  static Expr element(Global array, Expr... keys) {
    return new Expr.ElementRead(array, List.of(keys), ELEMENT);
  }

  static Expr contains(Global array, Expr... keys) {
    return new Expr.Contains(array, List.of(keys), ELEMENT);
  }

  static Target target(Local local) {
    return new Target.OfLocal(local);
  }

  static Target target(Global global) {
    return new Target.OfGlobal(global);
  }

  static Target target(Global array, Expr... keys) {
    return new Target.OfElement(array, List.of(keys));
  }

  static Expr assign(Target target, Expr value) {
    return new Expr.Assign(target, value, ELEMENT);
  }

  static Expr update(Target target, BinaryOperator operator, Expr operand) {
    return new Expr.Update(target, operator, operand, false, ELEMENT);
  }

  static Expr updateOld(Target target, BinaryOperator operator, Expr operand) {
    return new Expr.Update(target, operator, operand, true, ELEMENT);
  }

  static Expr binary(Expr left, BinaryOperator operator, Expr right) {
    return new Expr.Binary(operator, left, right, SLASH);
  }

  static Expr not(Expr operand) {
    return new Expr.Unary(UnaryOperator.NOT, operand, HERE);
  }

  static Expr call(String function, Type type, Expr... arguments) {
    return new Expr.Call(function, type, List.of(arguments), CALL);
  }

  static Expr argument(int number) {
    return new Expr.MarkerArgument(number, HERE);
  }

  static Expr intrinsic(String name, Expr... arguments) {
    return new Expr.IntrinsicCall(find(name, arguments), List.of(arguments), CALL);
  }

  private static Intrinsic find(String name, Expr... arguments) {
    List<Type> types = Arrays.stream(arguments).map(Expr::type).toList();
    for (Intrinsic intrinsic : Intrinsics.all()) {
      if (intrinsic.name().equals(name) && intrinsic.parameters().equals(types)) {
        return intrinsic;
      }
    }
    throw new IllegalArgumentException("no intrinsic " + name + types);
  }

  static Stmt run(Expr expression) {
    return new Stmt.Evaluate(expression, HERE);
  }

  static Stmt block(Stmt... statements) {
    return new Stmt.Block(List.of(statements), HERE);
  }

  static Stmt branch(Expr condition, Stmt then) {
    return new Stmt.If(condition, then, Optional.empty(), HERE);
  }

  static Stmt loop(Expr condition, Stmt body) {
    return new Stmt.Loop(condition, Optional.empty(), body, HERE);
  }

  static Stmt back(Expr value) {
    return new Stmt.Return(Optional.of(value), HERE);
  }

  /// `printf(format, arguments)`; the format as C writes it.
  static Stmt printf(String format, Expr... arguments) {
    return new Stmt.Print(pieces(format), List.of(arguments), HERE);
  }

  static Expr sprintf(String format, Expr... arguments) {
    return new Expr.Format(pieces(format), List.of(arguments), HERE);
  }

  /// `println(value)`
  static Stmt println(Expr value) {
    return printf(value.type() == Type.LONG ? "%d\n" : "%s\n", value);
  }

  static List<FormatPiece> pieces(String format) {
    List<FormatPiece> pieces = new ArrayList<>();
    int at = 0;
    while (at < format.length()) {
      char character = format.charAt(at++);
      if (character != '%' || format.charAt(at) == '%') {
        at += character == '%' ? 1 : 0;
        pieces.add(new FormatPiece.Literal(String.valueOf(character)));
        continue;
      }
      int flagIndex = "-0+ #".indexOf(format.charAt(at));
      Flag flag =
          flagIndex < 0
              ? Flag.NONE
              : List.of(Flag.LEFT, Flag.ZERO, Flag.PLUS, Flag.SPACE, Flag.ALTERNATE).get(flagIndex);
      at += flagIndex < 0 ? 0 : 1;
      int end = endOfAmount(format, at);
      Amount width = amount(format.substring(at, end), false);
      at = end;
      Amount precision = Amount.NONE;
      if (format.charAt(at) == '.') {
        end = endOfAmount(format, at + 1);
        precision = amount(format.substring(at + 1, end), true);
        at = end;
      }
      pieces.add(
          new FormatPiece.Directive(flag, width, precision, conversion(format.charAt(at++))));
    }
    return pieces;
  }

  private static int endOfAmount(String format, int at) {
    int end = at;
    while (format.charAt(end) == '*' || Character.isDigit(format.charAt(end))) {
      end++;
    }
    return end;
  }

  private static Amount amount(String text, boolean written) {
    if (text.equals("*")) {
      return Amount.DYNAMIC;
    }
    if (text.isEmpty()) {
      return written ? new Amount(OptionalInt.of(0), false) : Amount.NONE;
    }
    return Amount.of(Integer.parseInt(text));
  }

  private static Conversion conversion(char letter) {
    return switch (letter) {
      case 'd', 'i' -> Conversion.SIGNED;
      case 'u' -> Conversion.UNSIGNED;
      case 'x' -> Conversion.HEX_LOWER;
      case 'X' -> Conversion.HEX_UPPER;
      case 'o' -> Conversion.OCTAL;
      case 'p' -> Conversion.POINTER;
      case 'c' -> Conversion.CHARACTER;
      case 's' -> Conversion.STRING;
      case 'b' -> Conversion.BINARY;
      case 'm' -> Conversion.MEMORY;
      case 'M' -> Conversion.MEMORY_HEX;
      default -> throw new IllegalArgumentException("%" + letter);
    };
  }
}
