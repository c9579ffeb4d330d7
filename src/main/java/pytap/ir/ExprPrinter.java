package pytap.ir;

import java.util.List;
import java.util.Optional;

/// Expressions as text; operands that have operators of their own stand in parentheses.
final class ExprPrinter {
  private final StringBuilder out;

  ExprPrinter(StringBuilder out) {
    this.out = out;
  }

  void print(Expr expr) {
    switch (expr) {
      case Expr.LongConstant constant -> out.append(constant.value());
      case Expr.StringConstant constant -> QuotedText.append(out, constant.value());
      case Expr.LocalRead read -> out.append(read.local().name());
      case Expr.GlobalRead read -> out.append(read.global().name());
      case Expr.ElementRead read -> element(read.array(), read.keys());
      case Expr.Contains contains -> {
        out.append('[');
        list(contains.keys());
        out.append("] in ").append(contains.array().name());
      }
      case Expr.ContainsSlice contains -> {
        slice(contains.keys());
        out.append(" in ").append(contains.array().name());
      }
      case Expr.Accumulate accumulate -> {
        target(accumulate.statistic());
        out.append(" <<< ");
        operand(accumulate.value());
      }
      case Expr.Aggregate aggregate -> {
        out.append(aggregate.function().symbol()).append('(');
        target(aggregate.statistic());
        out.append(')');
      }
      case Expr.Bucket bucket -> {
        histogram(bucket.statistic());
        out.append('[');
        print(bucket.index());
        out.append(']');
      }
      case Expr.HasBucket bucket -> {
        out.append('[');
        print(bucket.index());
        out.append("] in ");
        histogram(bucket.statistic());
      }
      case Expr.HistogramText text -> {
        out.append(text.newline() ? "sprintln(" : "sprint(");
        histogram(text.statistic());
        out.append(')');
      }
      case Expr.Match match -> {
        operand(match.text());
        out.append(match.negated() ? " !~ " : " =~ ");
        QuotedText.append(out, match.pattern());
      }
      case Expr.Assign assign -> {
        target(assign.target());
        out.append(" = ");
        operand(assign.value());
      }
      case Expr.Update update -> {
        target(update.target());
        out.append(update.yieldsOld() ? " (old) " : " ");
        out.append(update.operator().symbol()).append("= ");
        operand(update.operand());
      }
      case Expr.Binary binary -> infix(binary.left(), binary.operator().symbol(), binary.right());
      case Expr.Logical logical ->
          infix(logical.left(), logical.conjunction() ? "&&" : "||", logical.right());
      case Expr.Unary unary -> {
        out.append(unary.operator().symbol());
        operand(unary.operand());
      }
      case Expr.Conditional conditional -> {
        infix(conditional.condition(), "?", conditional.then());
        out.append(" : ");
        operand(conditional.otherwise());
      }
      case Expr.Call call -> {
        out.append(call.function()).append('(');
        list(call.arguments());
        out.append(')');
      }
      case Expr.IntrinsicCall call -> {
        out.append(call.intrinsic().name()).append('(');
        list(call.arguments());
        out.append(')');
      }
      case Expr.MarkerArgument argument -> out.append("$arg").append(argument.number());
      case Expr.Format format -> formatted("sprintf", format.pieces(), format.arguments());
    }
  }

  void target(Target target) {
    switch (target) {
      case Target.OfLocal(var local) -> out.append(local.name());
      case Target.OfGlobal(var global) -> out.append(global.name());
      case Target.OfElement(var array, var keys) -> element(array, keys);
    }
  }

  void histogram(Target statistic) {
    out.append("@hist(");
    target(statistic);
    out.append(')');
  }

  void slice(List<Optional<Expr>> keys) {
    out.append('[');
    for (int i = 0; i < keys.size(); i++) {
      out.append(i > 0 ? ", " : "");
      if (keys.get(i).isPresent()) {
        print(keys.get(i).get());
      } else {
        out.append('*');
      }
    }
    out.append(']');
  }

  private void element(Global array, List<Expr> keys) {
    out.append(array.name()).append('[');
    list(keys);
    out.append(']');
  }

  private void list(List<Expr> exprs) {
    for (int i = 0; i < exprs.size(); i++) {
      out.append(i > 0 ? ", " : "");
      print(exprs.get(i));
    }
  }

  private void infix(Expr left, String operator, Expr right) {
    operand(left);
    out.append(' ').append(operator).append(' ');
    operand(right);
  }

  private void operand(Expr expr) {
    boolean parentheses =
        switch (expr) {
          case Expr.Contains _,
              Expr.ContainsSlice _,
              Expr.HasBucket _,
              Expr.Accumulate _,
              Expr.Match _,
              Expr.Assign _,
              Expr.Update _,
              Expr.Binary _,
              Expr.Logical _,
              Expr.Conditional _ ->
              true;
          case Expr.LongConstant _,
              Expr.StringConstant _,
              Expr.LocalRead _,
              Expr.GlobalRead _,
              Expr.ElementRead _,
              Expr.Aggregate _,
              Expr.Bucket _,
              Expr.HistogramText _,
              Expr.Unary _,
              Expr.Call _,
              Expr.IntrinsicCall _,
              Expr.MarkerArgument _,
              Expr.Format _ ->
              false;
        };
    out.append(parentheses ? "(" : "");
    print(expr);
    out.append(parentheses ? ")" : "");
  }

  void formatted(String name, List<FormatPiece> pieces, List<Expr> arguments) {
    StringBuilder format = new StringBuilder();
    for (FormatPiece piece : pieces) {
      switch (piece) {
        case FormatPiece.Literal(var bytes) -> format.append(bytes.replace("%", "%%"));
        case FormatPiece.Directive directive -> directive(format, directive);
      }
    }
    out.append(name).append('(');
    QuotedText.append(out, format.toString());
    for (Expr argument : arguments) {
      out.append(", ");
      print(argument);
    }
    out.append(')');
  }

  private static void directive(StringBuilder format, FormatPiece.Directive directive) {
    format.append('%');
    format.append(
        switch (directive.flag()) {
          case NONE -> "";
          case LEFT -> "-";
          case ZERO -> "0";
          case PLUS -> "+";
          case SPACE -> " ";
          case ALTERNATE -> "#";
        });
    amount(format, "", directive.width());
    amount(format, ".", directive.precision());
    format.append(
        switch (directive.conversion()) {
          case SIGNED -> 'd';
          case UNSIGNED -> 'u';
          case HEX_LOWER -> 'x';
          case HEX_UPPER -> 'X';
          case OCTAL -> 'o';
          case POINTER -> 'p';
          case CHARACTER -> 'c';
          case STRING -> 's';
          case BINARY -> 'b';
          case MEMORY -> 'm';
          case MEMORY_HEX -> 'M';
        });
  }

  private static void amount(StringBuilder format, String prefix, FormatPiece.Amount amount) {
    if (amount.dynamic()) {
      format.append(prefix).append('*');
    } else if (amount.constant().isPresent()) {
      format.append(prefix).append(amount.constant().getAsInt());
    }
  }
}
