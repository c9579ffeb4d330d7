package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.List;
import pytap.ir.Expr;
import pytap.ir.FormatPiece;
import pytap.ir.FormatPiece.Amount;
import pytap.ir.FormatPiece.Conversion;
import pytap.ir.FormatPiece.Flag;
import pytap.ir.Stmt;
import pytap.ir.Type;
import pytap.runtime.Printf;
import pytap.source.Span;

/// Writes `printf` and `sprintf`: every argument is evaluated first, then the pieces are appended
/// one by one. Plain directives have a call of their own, the others go through [Printf].
final class FormatCode {
  private final MethodCode method;
  private final CodeBuilder code;
  private final ExpressionCode expressions;

  FormatCode(MethodCode method, ExpressionCode expressions) {
    this.method = method;
    this.code = method.code;
    this.expressions = expressions;
  }

  void print(Stmt.Print print) {
    int mark = method.mark();
    List<ExpressionCode.Operand> arguments = expressions.keepAll(print.arguments());
    method.pushMachineField("out", Owner.OUTPUT);
    append(print.pieces(), arguments, print.span());
    method.release(mark);
  }

  void pushText(Expr.Format format) {
    int mark = method.mark();
    List<ExpressionCode.Operand> arguments = expressions.keepAll(format.arguments());
    method.pushMachine();
    method.virtual(Owner.MACHINE, "scratch", Owner.OUTPUT);
    append(format.pieces(), arguments, format.span());
    method.pushMachine();
    method.virtual(Owner.MACHINE, "scratchText", Owner.BYTE_STRING);
    method.release(mark);
  }

  /// With the output buffer on the stack.
  private void append(List<FormatPiece> pieces, List<ExpressionCode.Operand> arguments, Span span) {
    int out = method.keep(Type.STRING); // a reference like a string
    int next = 0;
    for (FormatPiece piece : joined(pieces)) {
      if (piece instanceof FormatPiece.Literal literal) {
        code.aload(out);
        method.pushText(literal.bytes());
        method.virtual(Owner.OUTPUT, "text", Owner.VOID, Owner.BYTE_STRING);
      } else if (piece instanceof FormatPiece.Directive directive) {
        int count = 1 + (directive.width().dynamic() ? 1 : 0);
        count += directive.precision().dynamic() ? 1 : 0;
        append(directive, arguments.subList(next, next + count), out, span);
        next += count;
      }
    }
  }

  private static List<FormatPiece> joined(List<FormatPiece> pieces) {
    List<FormatPiece> result = new ArrayList<>(pieces.size());
    for (FormatPiece piece : pieces) {
      if (piece instanceof FormatPiece.Literal literal
          && !result.isEmpty()
          && result.getLast() instanceof FormatPiece.Literal before) {
        result.removeLast();
        result.addLast(new FormatPiece.Literal(before.bytes() + literal.bytes()));
      } else {
        result.addLast(piece);
      }
    }
    return result;
  }

  private void append(
      FormatPiece.Directive directive, List<ExpressionCode.Operand> arguments, int out, Span span) {
    ExpressionCode.Operand value = arguments.getLast();
    boolean plain = directive.flag() == Flag.NONE && isAbsent(directive.width());
    if (plain && isAbsent(directive.precision()) && isPlain(directive.conversion())) {
      code.aload(out);
      expressions.push(value);
      switch (directive.conversion()) {
        case SIGNED -> method.virtual(Owner.OUTPUT, "decimal", Owner.VOID, Owner.LONG);
        case STRING -> method.virtual(Owner.OUTPUT, "text", Owner.VOID, Owner.BYTE_STRING);
        default -> {
          code.l2i();
          method.virtual(Owner.OUTPUT, "octet", Owner.VOID, Owner.INT);
        }
      }
      return;
    }
    expressions.push(value);
    switch (directive.conversion()) {
      case SIGNED -> number(directive, Printf.SIGNED, arguments, out);
      case UNSIGNED -> number(directive, Printf.UNSIGNED, arguments, out);
      case HEX_LOWER -> number(directive, Printf.HEX_LOWER, arguments, out);
      case HEX_UPPER -> number(directive, Printf.HEX_UPPER, arguments, out);
      case OCTAL -> number(directive, Printf.OCTAL, arguments, out);
      case POINTER -> number(directive, Printf.POINTER, arguments, out);
      case CHARACTER -> character(directive, arguments, out);
      case STRING -> fields(directive, "text", Owner.BYTE_STRING, arguments, out);
      case BINARY -> fields(directive, "binary", Owner.LONG, arguments, out);
      case MEMORY -> memory(directive, false, arguments, out, span);
      case MEMORY_HEX -> memory(directive, true, arguments, out, span);
    }
  }

  private static boolean isAbsent(Amount amount) {
    return !amount.dynamic() && amount.constant().isEmpty();
  }

  private static boolean isPlain(Conversion conversion) {
    return conversion == Conversion.SIGNED
        || conversion == Conversion.STRING
        || conversion == Conversion.CHARACTER;
  }

  private void number(
      FormatPiece.Directive directive,
      int conversion,
      List<ExpressionCode.Operand> arguments,
      int out) {
    method.pushInt(conversion);
    pushFields(directive, arguments, true);
    code.aload(out);
    method.call(
        Owner.PRINTF,
        "number",
        Owner.VOID,
        Owner.LONG,
        Owner.INT,
        Owner.INT,
        Owner.INT,
        Owner.INT,
        Owner.OUTPUT);
  }

  private void character(
      FormatPiece.Directive directive, List<ExpressionCode.Operand> arguments, int out) {
    pushFields(directive, arguments, false);
    code.aload(out);
    method.call(
        Owner.PRINTF, "character", Owner.VOID, Owner.LONG, Owner.INT, Owner.INT, Owner.OUTPUT);
  }

  private void fields(
      FormatPiece.Directive directive,
      String name,
      ClassDesc value,
      List<ExpressionCode.Operand> arguments,
      int out) {
    pushFields(directive, arguments, true);
    code.aload(out);
    method.call(
        Owner.PRINTF, name, Owner.VOID, value, Owner.INT, Owner.INT, Owner.INT, Owner.OUTPUT);
  }

  private void memory(
      FormatPiece.Directive directive,
      boolean hex,
      List<ExpressionCode.Operand> arguments,
      int out,
      Span span) {
    method.pushInt(hex ? 1 : 0);
    pushFields(directive, arguments, true);
    code.aload(out);
    method.pushMachine();
    method.pushSite(ScriptToken.firstOf(span), span);
    method.call(
        Owner.PRINTF,
        "memory",
        Owner.VOID,
        Owner.LONG,
        Owner.BOOLEAN,
        Owner.INT,
        Owner.INT,
        Owner.INT,
        Owner.OUTPUT,
        Owner.MACHINE,
        Owner.SITE);
  }

  /// Pushes flag, width and, where it is `withPrecision`, precision.
  private void pushFields(
      FormatPiece.Directive directive,
      List<ExpressionCode.Operand> arguments,
      boolean withPrecision) {
    method.pushInt(flag(directive.flag()));
    if (directive.width().dynamic()) {
      expressions.push(arguments.get(0));
      method.call(Owner.PRINTF, "flag", Owner.INT, Owner.INT, Owner.LONG);
      expressions.push(arguments.get(0));
      method.call(Owner.PRINTF, "width", Owner.INT, Owner.LONG);
    } else {
      method.pushInt(directive.width().constant().orElse(Printf.ABSENT));
    }
    if (!withPrecision) {
      return;
    }
    if (directive.precision().dynamic()) {
      expressions.push(arguments.get(arguments.size() - 2));
      method.call(Owner.PRINTF, "precision", Owner.INT, Owner.LONG);
    } else {
      method.pushInt(directive.precision().constant().orElse(Printf.ABSENT));
    }
  }

  private static int flag(Flag flag) {
    return switch (flag) {
      case NONE -> Printf.FLAG_NONE;
      case LEFT -> Printf.FLAG_LEFT;
      case ZERO -> Printf.FLAG_ZERO;
      case PLUS -> Printf.FLAG_PLUS;
      case SPACE -> Printf.FLAG_SPACE;
      case ALTERNATE -> Printf.FLAG_ALTERNATE;
    };
  }
}
