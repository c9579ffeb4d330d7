package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.ir.QuotedText;
import pytap.ir.Type;

/// Expression trees as script text.
final class ExpressionPrinter {
  private final StringBuilder out;

  ExpressionPrinter(StringBuilder out) {
    this.out = out;
  }

  static String name(Type type) {
    return type == Type.STRING ? "string" : "long";
  }

  void point(DeclarationTree.Point point) {
    out.append(point.toProbePoint());
    if (point.condition().isPresent()) {
      out.append(" if (");
      print(point.condition().get());
      out.append(')');
    }
  }

  void foreach(StatementTree.Foreach foreach) {
    out.append("foreach (");
    foreach.value().ifPresent(value -> out.append(value.text()).append(" = "));
    int sortKey = foreach.sort().isPresent() ? foreach.sort().get().key() : -2;
    String direction =
        foreach.sort().isEmpty() ? "" : foreach.sort().get().descending() ? "-" : "+";
    out.append('[');
    for (int i = 0; i < foreach.keys().size(); i++) {
      out.append(i > 0 ? ", " : "").append(foreach.keys().get(i).text());
      out.append(i == sortKey ? direction : "");
    }
    out.append("] in ");
    print(foreach.array());
    if (!foreach.slice().isEmpty()) {
      keys(foreach.slice());
    }
    if (sortKey == -1) {
      foreach.sort().get().aggregate().ifPresent(token -> out.append(' ').append(token.text()));
      out.append(direction);
    }
    if (foreach.limit().isPresent()) {
      out.append(" limit ");
      print(foreach.limit().get());
    }
    out.append(')');
  }

  private void keys(List<Optional<ExpressionTree>> keys) {
    out.append('[');
    String separator = "";
    for (Optional<ExpressionTree> key : keys) {
      out.append(separator);
      if (key.isPresent()) {
        print(key.get());
      } else {
        out.append('*');
      }
      separator = ", ";
    }
    out.append(']');
  }

  private void list(List<ExpressionTree> expressions) {
    String separator = "";
    for (ExpressionTree expression : expressions) {
      out.append(separator);
      print(expression);
      separator = ", ";
    }
  }

  /// An operand, in parentheses where it has operators of its own.
  private void operand(ExpressionTree tree) {
    boolean parentheses =
        switch (tree) {
          case ExpressionTree.Unary _,
              ExpressionTree.Increment _,
              ExpressionTree.Binary _,
              ExpressionTree.Assignment _,
              ExpressionTree.Conditional _,
              ExpressionTree.Contains _,
              ExpressionTree.Match _ ->
              true;
          case ExpressionTree.LongLiteral _,
              ExpressionTree.StringLiteral _,
              ExpressionTree.Symbol _,
              ExpressionTree.Element _,
              ExpressionTree.Call _,
              ExpressionTree.TargetSymbol _,
              ExpressionTree.Defined _,
              ExpressionTree.Statistic _,
              ExpressionTree.AtCall _,
              ExpressionTree.Print _ ->
              false;
        };
    out.append(parentheses ? "(" : "");
    print(tree);
    out.append(parentheses ? ")" : "");
  }

  private void infix(ExpressionTree left, String operator, ExpressionTree right) {
    operand(left);
    out.append(' ').append(operator).append(' ');
    operand(right);
  }

  void print(ExpressionTree tree) {
    switch (tree) {
      case ExpressionTree.LongLiteral number ->
          out.append(Long.toUnsignedString(number.value())); // signs are operators
      case ExpressionTree.StringLiteral text -> QuotedText.append(out, text.value());
      case ExpressionTree.Symbol symbol -> out.append(symbol.name());
      case ExpressionTree.Element element -> {
        out.append(element.name());
        keys(element.keys());
      }
      case ExpressionTree.Call call -> {
        out.append(call.name()).append('(');
        list(call.arguments());
        out.append(')');
      }
      case ExpressionTree.Unary unary -> {
        out.append(unary.token().text());
        operand(unary.operand());
      }
      case ExpressionTree.Increment increment -> {
        out.append(increment.prefix() ? increment.token().text() : "");
        operand(increment.operand());
        out.append(increment.prefix() ? "" : increment.token().text());
      }
      case ExpressionTree.Binary binary ->
          infix(binary.left(), binary.token().text(), binary.right());
      case ExpressionTree.Assignment assignment ->
          infix(assignment.left(), assignment.token().text(), assignment.right());
      case ExpressionTree.Conditional conditional -> {
        infix(conditional.condition(), "?", conditional.then());
        out.append(" : ");
        operand(conditional.otherwise());
      }
      case ExpressionTree.Contains contains -> {
        keys(contains.keys());
        out.append(" in ");
        print(contains.array());
      }
      case ExpressionTree.Match match -> {
        operand(match.left());
        out.append(' ').append(match.token().text()).append(' ');
        QuotedText.append(out, match.pattern());
      }
      case ExpressionTree.TargetSymbol symbol -> {
        out.append(symbol.addressOf() ? "&" : "").append(symbol.name());
        accessors(symbol.accessors());
      }
      case ExpressionTree.Defined defined -> {
        out.append("@defined(");
        print(defined.operand());
        out.append(')');
      }
      case ExpressionTree.Statistic statistic -> statistic(statistic);
      case ExpressionTree.AtCall call -> {
        out.append(call.token().text()).append('(');
        list(call.arguments());
        out.append(')');
        accessors(call.accessors());
      }
      case ExpressionTree.Print print -> print(print);
    }
  }

  private void statistic(ExpressionTree.Statistic statistic) {
    out.append(statistic.token().text()).append('(');
    print(statistic.operand());
    for (ExpressionTree parameter : statistic.parameters()) {
      out.append(", ");
      print(parameter);
    }
    out.append(')');
    if (statistic.bucket().isPresent()) {
      out.append('[');
      print(statistic.bucket().get());
      out.append(']');
    }
  }

  private void print(ExpressionTree.Print print) {
    out.append(print.name().text()).append('(');
    boolean first = true;
    if (print.format().isPresent()) {
      QuotedText.append(out, print.format().get().text());
      first = false;
    }
    if (print.delimiter().isPresent()) {
      QuotedText.append(out, print.delimiter().get());
      first = false;
    }
    if (!first && !print.arguments().isEmpty()) {
      out.append(", ");
    }
    list(print.arguments());
    out.append(')');
  }

  private void accessors(List<ExpressionTree.Accessor> accessors) {
    for (ExpressionTree.Accessor accessor : accessors) {
      switch (accessor) {
        case ExpressionTree.Accessor.Field(var field) -> out.append("->").append(field);
        case ExpressionTree.Accessor.Index(var index) -> {
          out.append('[');
          print(index);
          out.append(']');
        }
      }
    }
  }
}
