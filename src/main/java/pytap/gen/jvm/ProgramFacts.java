package pytap.gen.jvm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.ir.Expr;
import pytap.ir.Function;
import pytap.ir.Global;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Stmt;
import pytap.ir.Target;

/// What must be known of a whole program before its handlers are written: how many statements a run
/// can execute at most, whether functions call themselves, which globals are written.
final class ProgramFacts {
  /// More statements than any limit allows, because something repeats.
  static final long UNBOUNDED = Long.MAX_VALUE / 4;

  private final Map<String, Function> functions = new HashMap<>();
  private final Map<String, Summary> summaries = new HashMap<>();
  private final List<String> open = new ArrayList<>();
  private final boolean[] written;
  private boolean recursive;

  /// A body's worst case.
  ///
  /// @param statements how many statements it executes at most, those of functions included
  /// @param depth how many calls stand inside each other at most
  /// @param asksForPoint whether it or what it calls asks for `pp()` or `pn()`
  record Summary(long statements, int depth, boolean asksForPoint) {}

  ProgramFacts(Program program) {
    written = new boolean[program.globals().size()];
    for (Function function : program.functions()) {
      functions.put(function.name(), function);
    }
    for (Function function : program.functions()) {
      summary(function.name());
    }
  }

  /// Whether any function can call itself, so that calls must be counted.
  boolean recursive() {
    return recursive;
  }

  /// Whether a handler or function writes `global`; only those summarised so far count.
  boolean isWritten(Global global) {
    return written[global.index()];
  }

  Summary summary(Probe probe) {
    Scan scan = new Scan();
    if (probe.condition().isPresent()) {
      scan.expression(probe.condition().get());
    }
    scan.statement(probe.body());
    return scan.summary();
  }

  Summary summary(String functionName) {
    Summary known = summaries.get(functionName);
    if (known != null) {
      return known;
    }
    if (open.contains(functionName)) {
      recursive = true;
      return new Summary(UNBOUNDED, 0, true);
    }
    Function function = functions.get(functionName);
    if (function == null) {
      throw new IllegalStateException("no function " + functionName + " in the program");
    }
    open.addLast(functionName);
    Scan scan = new Scan();
    scan.statement(function.body());
    open.removeLast();
    Summary summary = scan.summary();
    summaries.put(functionName, summary);
    return summary;
  }

  /// Walks over one body.
  private final class Scan {
    private long statements;
    private int depth;
    private boolean asksForPoint;

    Summary summary() {
      return new Summary(Math.min(statements, UNBOUNDED), depth, asksForPoint);
    }

    void statement(Stmt statement) {
      if (statement instanceof Stmt.Block block) {
        for (Stmt inner : block.statements()) {
          statement(inner);
        }
        return;
      }
      count(1);
      if (statement instanceof Stmt.Evaluate evaluate) {
        expression(evaluate.expression());
      } else if (statement instanceof Stmt.Print print) {
        expressions(print.arguments());
      } else if (statement instanceof Stmt.If branch) {
        expression(branch.condition());
        statement(branch.then());
        if (branch.otherwise().isPresent()) {
          statement(branch.otherwise().get());
        }
      } else if (statement instanceof Stmt.Return back && back.value().isPresent()) {
        expression(back.value().get());
      } else if (statement instanceof Stmt.DeleteTarget delete) {
        target(delete.target());
      } else if (statement instanceof Stmt.DeleteAll delete) {
        written[delete.array().index()] = true;
      } else if (statement instanceof Stmt.DeleteSlice delete) {
        written[delete.array().index()] = true;
        present(delete.keys());
      } else if (statement instanceof Stmt.PrintHistogram print) {
        read(print.statistic());
      } else if (statement instanceof Stmt.Try attempt) {
        statement(attempt.body());
        if (attempt.message().isPresent()) {
          target(attempt.message().get());
        }
        count(1); // catching counts, too
        statement(attempt.handler());
      } else {
        repetition(statement);
      }
    }

    private void repetition(Stmt statement) {
      if (statement instanceof Stmt.Loop loop) {
        count(UNBOUNDED);
        expression(loop.condition());
        if (loop.step().isPresent()) {
          expression(loop.step().get());
        }
        statement(loop.body());
      } else if (statement instanceof Stmt.Foreach foreach) {
        count(UNBOUNDED);
        if (foreach.limit().isPresent()) {
          expression(foreach.limit().get());
        }
        present(foreach.slice());
        statement(foreach.body());
      } else if (statement instanceof Stmt.ForeachBucket foreach) {
        count(UNBOUNDED);
        read(foreach.statistic());
        if (foreach.limit().isPresent()) {
          expression(foreach.limit().get());
        }
        statement(foreach.body());
      }
    }

    private void present(List<Optional<Expr>> keys) {
      for (Optional<Expr> key : keys) {
        if (key.isPresent()) {
          expression(key.get());
        }
      }
    }

    private void read(Target statistic) {
      if (statistic instanceof Target.OfElement element) {
        expressions(element.keys());
      }
    }

    private void count(long more) {
      statements = Math.min(UNBOUNDED, statements + more);
    }

    private void expressions(List<Expr> expressions) {
      for (Expr expression : expressions) {
        expression(expression);
      }
    }

    void expression(Expr expression) {
      if (expression instanceof Expr.ElementRead read) {
        expressions(read.keys());
      } else if (expression instanceof Expr.Contains contains) {
        expressions(contains.keys());
      } else if (expression instanceof Expr.Assign assign) {
        target(assign.target());
        expression(assign.value());
      } else if (expression instanceof Expr.Update update) {
        target(update.target());
        expression(update.operand());
      } else if (expression instanceof Expr.Binary binary) {
        expression(binary.left());
        expression(binary.right());
      } else if (expression instanceof Expr.Logical logical) {
        expression(logical.left());
        expression(logical.right());
      } else if (expression instanceof Expr.Unary unary) {
        expression(unary.operand());
      } else if (expression instanceof Expr.Conditional choice) {
        expression(choice.condition());
        expression(choice.then());
        expression(choice.otherwise());
      } else if (expression instanceof Expr.Format format) {
        expressions(format.arguments());
      } else if (expression instanceof Expr.Match match) {
        expression(match.text());
      } else if (expression instanceof Expr.ContainsSlice contains) {
        present(contains.keys());
      } else if (!statistic(expression)) {
        call(expression);
      }
    }

    /// Looks at what has to do with statistics; false for anything else.
    private boolean statistic(Expr expression) {
      if (expression instanceof Expr.Accumulate accumulate) {
        target(accumulate.statistic());
        expression(accumulate.value());
      } else if (expression instanceof Expr.Aggregate aggregate) {
        read(aggregate.statistic());
      } else if (expression instanceof Expr.Bucket bucket) {
        read(bucket.statistic());
        expression(bucket.index());
      } else if (expression instanceof Expr.HasBucket bucket) {
        read(bucket.statistic());
        expression(bucket.index());
      } else if (expression instanceof Expr.HistogramText text) {
        read(text.statistic());
      } else {
        return false;
      }
      return true;
    }

    private void call(Expr expression) {
      if (expression instanceof Expr.Call call) {
        expressions(call.arguments());
        Summary called = ProgramFacts.this.summary(call.function());
        count(called.statements());
        depth = Math.max(depth, called.depth() + 1);
        asksForPoint |= called.asksForPoint();
      } else if (expression instanceof Expr.IntrinsicCall call) {
        expressions(call.arguments());
        String name = call.intrinsic().name();
        asksForPoint |= List.of("pp", "pn", "probe_type", "is_return").contains(name);
      }
    }

    private void target(Target target) {
      if (target instanceof Target.OfGlobal global) {
        written[global.global().index()] = true;
      } else if (target instanceof Target.OfElement element) {
        written[element.array().index()] = true;
        expressions(element.keys());
      }
    }
  }
}
