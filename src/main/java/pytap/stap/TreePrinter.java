package pytap.stap;

/// A file's tree as script text again: what `-p1` prints. Parentheses are written wherever operators
/// meet, so the text parses to the same tree.
final class TreePrinter {
  private final StringBuilder out = new StringBuilder();
  private final ExpressionPrinter expressions = new ExpressionPrinter(out);
  private int depth;

  private TreePrinter() {}

  static String print(ScriptTree tree) {
    TreePrinter printer = new TreePrinter();
    for (DeclarationTree declaration : tree.declarations()) {
      printer.declaration(declaration);
    }
    return printer.out.toString();
  }

  private void line(String text) {
    out.append("  ".repeat(depth)).append(text);
  }

  private void declaration(DeclarationTree declaration) {
    switch (declaration) {
      case DeclarationTree.Global global -> global(global);
      case DeclarationTree.Function function -> function(function);
      case DeclarationTree.Alias alias -> {
        out.append("probe ");
        points(alias.names());
        out.append(alias.epilogue() ? " += " : " = ");
        points(alias.points());
        out.append('\n');
        statement(alias.body());
      }
      case DeclarationTree.Probe probe -> {
        out.append("probe ");
        points(probe.points());
        out.append('\n');
        statement(probe.body());
      }
    }
  }

  private void global(DeclarationTree.Global global) {
    out.append(global.isPrivate() ? "private global " : "global ").append(global.name());
    if (global.wrap()) {
      out.append('%');
    }
    if (global.size().isPresent()) {
      out.append('[').append(global.size().getAsInt()).append(']');
    }
    if (global.initial().isPresent()) {
      out.append(" = ");
      expressions.print(global.initial().get());
    }
    out.append('\n');
  }

  private void function(DeclarationTree.Function function) {
    out.append(function.isPrivate() ? "private function " : "function ").append(function.name());
    function.result().ifPresent(type -> out.append(':').append(ExpressionPrinter.name(type)));
    out.append(" (");
    String separator = "";
    for (DeclarationTree.Parameter parameter : function.parameters()) {
      out.append(separator).append(parameter.token().text());
      parameter.type().ifPresent(type -> out.append(':').append(ExpressionPrinter.name(type)));
      separator = ", ";
    }
    out.append(')');
    function.priority().ifPresent(priority -> out.append(": ").append((long) priority));
    out.append('\n');
    statement(function.body());
  }

  private void points(Iterable<DeclarationTree.Point> points) {
    String separator = "";
    for (DeclarationTree.Point point : points) {
      out.append(separator);
      expressions.point(point);
      separator = ", ";
    }
  }

  private void inner(StatementTree statement) {
    depth++;
    statement(statement);
    depth--;
  }

  private void statement(StatementTree statement) {
    switch (statement) {
      case StatementTree.Block block -> {
        line("{\n");
        for (StatementTree inner : block.statements()) {
          inner(inner);
        }
        line("}\n");
      }
      case StatementTree.Empty _ -> line(";\n");
      case StatementTree.Expression expression -> {
        line("");
        expressions.print(expression.expression());
        out.append('\n');
      }
      case StatementTree.If branch -> {
        headed("if (", branch.condition(), branch.then());
        if (branch.otherwise().isPresent()) {
          line("else\n");
          inner(branch.otherwise().get());
        }
      }
      case StatementTree.While loop -> headed("while (", loop.condition(), loop.body());
      case StatementTree.For loop -> forLoop(loop);
      case StatementTree.Foreach foreach -> {
        line("");
        expressions.foreach(foreach);
        out.append('\n');
        inner(foreach.body());
      }
      case StatementTree.Return result -> {
        line(result.value().isPresent() ? "return " : "return;");
        result.value().ifPresent(expressions::print);
        out.append('\n');
      }
      case StatementTree.Delete delete -> {
        line("delete ");
        expressions.print(delete.target());
        out.append('\n');
      }
      case StatementTree.Next _ -> line("next\n");
      case StatementTree.Break _ -> line("break\n");
      case StatementTree.Continue _ -> line("continue\n");
      case StatementTree.Try guarded -> {
        line("try\n");
        statement(guarded.body());
        line("catch");
        guarded.message().ifPresent(name -> out.append(" (").append(name.text()).append(')'));
        out.append('\n');
        statement(guarded.handler());
      }
    }
  }

  /// A `{ }` around the branch keeps an `else` with its `if`.
  private void headed(String head, ExpressionTree condition, StatementTree body) {
    line(head);
    expressions.print(condition);
    out.append(")\n");
    boolean braces = !(body instanceof StatementTree.Block);
    if (braces) {
      line("{\n");
      inner(body);
      line("}\n");
    } else {
      statement(body);
    }
  }

  private void forLoop(StatementTree.For loop) {
    line("for (");
    loop.initial().ifPresent(expressions::print);
    out.append("; ");
    loop.condition().ifPresent(expressions::print);
    out.append("; ");
    loop.step().ifPresent(expressions::print);
    out.append(")\n");
    inner(loop.body());
  }
}
