package pytap.ir;

import java.util.List;
import java.util.Optional;

/// A program as text: what `-p2` shows. First the globals with their types, then the functions,
/// then the handlers, each with its locals.
public final class Printer {
  private final StringBuilder out = new StringBuilder();
  private final ExprPrinter expressions = new ExprPrinter(out);
  private int depth;

  private Printer() {}

  public static String print(Program program) {
    Printer printer = new Printer();
    printer.globals(program.globals());
    if (!program.functions().isEmpty()) {
      printer.out.append("# functions\n");
    }
    for (Function function : program.functions()) {
      printer.function(function);
    }
    if (!program.probes().isEmpty()) {
      printer.out.append("# probes\n");
    }
    for (Probe probe : program.probes()) {
      printer.probe(probe);
    }
    return printer.out.toString();
  }

  static String name(Type type) {
    return switch (type) {
      case LONG -> "long";
      case STRING -> "string";
      case STATISTIC -> "stats";
      case VOID -> "void";
    };
  }

  private void globals(List<Global> globals) {
    if (!globals.isEmpty()) {
      out.append("# globals\n");
    }
    for (Global global : globals) {
      out.append(global.name()).append(global.wrap() ? "%" : "");
      global.maxEntries().ifPresent(size -> out.append('[').append(size).append(']'));
      out.append(':').append(name(global.type()));
      if (global.isArray()) {
        out.append(" [");
        for (int i = 0; i < global.keyTypes().size(); i++) {
          out.append(i > 0 ? ", " : "").append(name(global.keyTypes().get(i)));
        }
        out.append(']');
      }
      aggregation(global.aggregation());
      if (global.initial().isPresent()) {
        out.append(" = ");
        expressions.print(global.initial().get());
      }
      out.append(global.unread() ? " # never read\n" : "\n");
    }
  }

  private void aggregation(Aggregation aggregation) {
    if (aggregation.histogram().isPresent()) {
      switch (aggregation.histogram().get()) {
        case Histogram.Log() -> out.append(" @hist_log");
        case Histogram.Linear(long low, long high, long step) ->
            out.append(" @hist_linear(" + low + ", " + high + ", " + step + ")");
      }
    }
    out.append(aggregation.bitShift() > 0 ? " << " + aggregation.bitShift() : "");
  }

  private void function(Function function) {
    out.append(function.name()).append(':').append(name(function.result())).append(" (");
    for (int i = 0; i < function.parameters(); i++) {
      Local parameter = function.locals().get(i);
      out.append(i > 0 ? ", " : "").append(parameter.name());
      out.append(':').append(name(parameter.type()));
    }
    out.append(")\n");
    locals(function.locals().subList(function.parameters(), function.locals().size()));
    body(function.body());
  }

  private void probe(Probe probe) {
    out.append(probe.point());
    if (probe.condition().isPresent()) {
      out.append(" if (");
      expressions.print(probe.condition().get());
      out.append(')');
    }
    out.append(" /* <- ").append(probe.written()).append(" */\n");
    locals(probe.locals());
    body(probe.body());
  }

  private void locals(List<Local> locals) {
    if (!locals.isEmpty()) {
      out.append("  # locals\n");
    }
    for (Local local : locals) {
      out.append("  ").append(local.name()).append(':').append(name(local.type())).append('\n');
    }
  }

  private void body(Stmt body) {
    if (body instanceof Stmt.Block) {
      statement(body);
    } else {
      out.append("{\n");
      inner(body);
      out.append("}\n");
    }
  }

  private StringBuilder indent() {
    return out.append("  ".repeat(depth));
  }

  private void inner(Stmt statement) {
    depth++;
    statement(statement);
    depth--;
  }

  private void statement(Stmt statement) {
    switch (statement) {
      case Stmt.Block block -> {
        indent().append("{\n");
        for (Stmt inner : block.statements()) {
          inner(inner);
        }
        indent().append("}\n");
      }
      case Stmt.Evaluate evaluate -> {
        indent();
        expressions.print(evaluate.expression());
        out.append('\n');
      }
      case Stmt.Print print -> {
        indent();
        expressions.formatted("printf", print.pieces(), print.arguments());
        out.append('\n');
      }
      case Stmt.If branch -> {
        indent().append("if (");
        expressions.print(branch.condition());
        out.append(")\n");
        inner(branch.then());
        if (branch.otherwise().isPresent()) {
          indent().append("else\n");
          inner(branch.otherwise().get());
        }
      }
      case Stmt.Loop loop -> {
        indent().append("for (; ");
        expressions.print(loop.condition());
        out.append("; ");
        loop.step().ifPresent(expressions::print);
        out.append(")\n");
        inner(loop.body());
      }
      case Stmt.Foreach foreach -> foreach(foreach);
      case Stmt.ForeachBucket foreach -> foreachBucket(foreach);
      case Stmt.PrintHistogram print -> {
        indent().append(print.newline() ? "println(" : "print(");
        expressions.histogram(print.statistic());
        out.append(")\n");
      }
      case Stmt.Try attempt -> attempt(attempt);
      case Stmt.Fail fail -> {
        indent().append("fail ");
        QuotedText.append(out, fail.message());
        out.append('\n');
      }
      case Stmt.DeleteSlice delete -> {
        indent().append("delete ").append(delete.array().name());
        expressions.slice(delete.keys());
        out.append('\n');
      }
      case Stmt.Return result -> {
        indent().append("return");
        value(result.value());
      }
      case Stmt.Next _ -> indent().append("next\n");
      case Stmt.Break _ -> indent().append("break\n");
      case Stmt.Continue _ -> indent().append("continue\n");
      case Stmt.DeleteTarget delete -> {
        indent().append("delete ");
        expressions.target(delete.target());
        out.append('\n');
      }
      case Stmt.DeleteAll delete ->
          indent().append("delete ").append(delete.array().name()).append('\n');
    }
  }

  private void value(Optional<Expr> value) {
    if (value.isPresent()) {
      out.append(' ');
      expressions.print(value.get());
    }
    out.append('\n');
  }

  private void attempt(Stmt.Try attempt) {
    indent().append("try\n");
    inner(attempt.body());
    indent().append("catch");
    if (attempt.message().isPresent()) {
      out.append(" (");
      expressions.target(attempt.message().get());
      out.append(')');
    }
    out.append('\n');
    inner(attempt.handler());
  }

  private void foreachBucket(Stmt.ForeachBucket foreach) {
    indent().append("foreach (");
    foreach.value().ifPresent(value -> out.append(value.name()).append(" = "));
    out.append(foreach.bucket().name()).append(" in ");
    expressions.histogram(foreach.statistic());
    limit(foreach.limit());
    out.append(")\n");
    inner(foreach.body());
  }

  private void limit(Optional<Expr> limit) {
    if (limit.isPresent()) {
      out.append(" limit ");
      expressions.print(limit.get());
    }
  }

  private void foreach(Stmt.Foreach foreach) {
    indent().append("foreach (");
    foreach.value().ifPresent(value -> out.append(value.name()).append(" = "));
    out.append('[');
    for (int i = 0; i < foreach.keys().size(); i++) {
      out.append(i > 0 ? ", " : "").append(foreach.keys().get(i).name());
      if (foreach.order() instanceof Stmt.Order.ByKey(int key, boolean descending) && key == i) {
        out.append(descending ? '-' : '+');
      }
    }
    out.append("] in ").append(foreach.array().name());
    if (!foreach.slice().isEmpty()) {
      expressions.slice(foreach.slice());
    }
    if (foreach.order()
        instanceof Stmt.Order.ByAggregate(AggregateFunction function, boolean descending)) {
      out.append(' ').append(function.symbol()).append(descending ? '-' : '+');
    }
    if (foreach.order() instanceof Stmt.Order.ByValue(boolean descending)) {
      out.append(descending ? '-' : '+');
    }
    limit(foreach.limit());
    out.append(")\n");
    inner(foreach.body());
  }
}
