package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.Optional;
import pytap.ir.Expr;
import pytap.ir.Stmt;
import pytap.ir.Type;
import pytap.source.Span;

/// Writes statements. Where a run could reach the limit of statements, they are counted: those of a
/// straight run together, before it branches or repeats, as SystemTap counts them.
final class StatementCode {
  private final MethodCode method;
  private final CodeBuilder code;
  private final ExpressionCode expressions;
  private final Type result;
  private final boolean counting;
  private Optional<Label> breakTarget = Optional.empty();
  private Optional<Label> continueTarget = Optional.empty();

  /// @param result what the function gives; VOID for a handler
  /// @param counting whether statements must be counted
  StatementCode(MethodCode method, ExpressionCode expressions, Type result, boolean counting) {
    this.method = method;
    this.code = method.code;
    this.expressions = expressions;
    this.result = result;
    this.counting = counting;
  }

  /// Writes a whole body and its end.
  void body(Stmt body) {
    statement(body);
    charge(body.span());
    method.pushDefault(result);
    method.giveBack(result);
  }

  private void statement(Stmt statement) {
    if (statement instanceof Stmt.Block block) {
      for (Stmt inner : block.statements()) {
        statement(inner);
      }
      return;
    }
    method.count(1);
    if (statement instanceof Stmt.Evaluate evaluate) {
      expressions.run(evaluate.expression());
    } else if (statement instanceof Stmt.Print print) {
      expressions.formats().print(print);
    } else if (statement instanceof Stmt.If branch) {
      branch(branch);
    } else if (statement instanceof Stmt.Loop loop) {
      loop(loop);
    } else if (statement instanceof Stmt.Foreach foreach) {
      foreach(foreach);
    } else if (statement instanceof Stmt.DeleteTarget delete) {
      expressions.targets().delete(delete.target());
    } else if (statement instanceof Stmt.DeleteAll delete) {
      expressions.targets().deleteAll(delete.array());
    } else if (statement instanceof Stmt.DeleteSlice delete) {
      expressions.targets().deleteSlice(delete);
    } else if (statement instanceof Stmt.ForeachBucket foreach) {
      foreachBucket(foreach);
    } else if (statement instanceof Stmt.PrintHistogram print) {
      expressions.statistics().print(print);
    } else if (statement instanceof Stmt.Try attempt) {
      attempt(attempt);
    } else {
      leave(statement);
    }
  }

  private void leave(Stmt statement) {
    charge(statement.span());
    if (statement instanceof Stmt.Return back) {
      if (back.value().isPresent()) {
        expressions.push(back.value().get());
      } else {
        method.pushDefault(result);
      }
      method.giveBack(result);
    } else if (statement instanceof Stmt.Next) {
      method.pushDefault(result);
      method.giveBack(result);
    } else if (statement instanceof Stmt.Fail fail) {
      method.pushText(fail.message());
      method.pushSite(ScriptToken.identifier(fail.name()), fail.span());
      method.call(Owner.ERROR, "failure", Owner.ERROR, Owner.BYTE_STRING, Owner.SITE);
      code.athrow();
    } else if (statement instanceof Stmt.Break) {
      code.goto_(breakTarget.orElseThrow());
    } else if (statement instanceof Stmt.Continue) {
      code.goto_(continueTarget.orElseThrow());
    } else {
      throw new IllegalStateException("no code for " + statement.getClass());
    }
  }

  /// Counts the statements since the last time, and fails at `span` where they are too many.
  private void charge(Span span) {
    int statements = method.takeCount();
    if (counting && statements > 0) {
      method.pushMachine();
      method.pushInt(statements);
      method.pushSite(ScriptToken.firstOf(span), span);
      method.virtual(Owner.MACHINE, "charge", Owner.VOID, Owner.INT, Owner.SITE);
    }
  }

  private void branch(Stmt.If branch) {
    charge(branch.span());
    Label otherwise = code.newLabel();
    Label end = code.newLabel();
    expressions.jumpUnless(branch.condition(), otherwise);
    statement(branch.then());
    charge(branch.then().span());
    if (branch.otherwise().isPresent()) {
      code.goto_(end);
      code.labelBinding(otherwise);
      statement(branch.otherwise().get());
      charge(branch.otherwise().get().span());
    } else {
      code.labelBinding(otherwise);
    }
    code.labelBinding(end);
  }

  private void loop(Stmt.Loop loop) {
    charge(loop.span());
    Label top = code.newLabel();
    Label step = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(top);
    expressions.jumpUnless(loop.condition(), end);
    repeated(loop.body(), step, end);
    code.labelBinding(step);
    if (loop.step().isPresent()) {
      expressions.run(loop.step().get());
    }
    code.goto_(top);
    code.labelBinding(end);
  }

  private void foreach(Stmt.Foreach foreach) {
    charge(foreach.span());
    int mark = method.mark();
    expressions.targets().pushWalk(foreach);
    int walk = method.keep(Type.STRING); // a reference like a string
    int index = method.temporary(Type.STRING); // an int takes one slot, too
    counted(
        foreach.body(),
        index,
        () -> {
          code.aload(walk);
          method.virtual(Owner.WALK, "size", Owner.INT);
        },
        () -> expressions.targets().bindEntry(foreach, walk, index));
    method.release(mark);
  }

  /// A walk over the numbers of a histogram's buckets.
  private void foreachBucket(Stmt.ForeachBucket foreach) {
    charge(foreach.span());
    int mark = method.mark();
    expressions.push(
        foreach.limit().orElseGet(() -> new Expr.LongConstant(Long.MAX_VALUE, foreach.span())));
    int limit = method.keep(Type.LONG);
    expressions.statistics().pushStatistic(foreach.statistic());
    int statistic = method.keep(Type.STRING); // a reference like a string
    int index = method.temporary(Type.STRING); // an int takes one slot, too
    counted(
        foreach.body(),
        index,
        () -> {
          code.aload(statistic);
          code.lload(limit);
          method.virtual(Owner.STATISTIC, "bucketCount", Owner.INT, Owner.LONG);
        },
        () -> bindBucket(foreach, statistic, index));
    method.release(mark);
  }

  private void bindBucket(Stmt.ForeachBucket foreach, int statistic, int index) {
    code.iload(index);
    code.i2l();
    code.lstore(method.slot(foreach.bucket()));
    if (foreach.value().isPresent()) {
      code.aload(statistic);
      code.lload(method.slot(foreach.bucket()));
      method.pushSite(ScriptToken.firstOf(foreach.span()), foreach.span());
      method.virtual(Owner.STATISTIC, "bucket", Owner.LONG, Owner.LONG, Owner.SITE);
      code.lstore(method.slot(foreach.value().get()));
    }
  }

  /// Writes a loop whose `index` counts from 0: `size` pushes the number of turns, `turn` comes
  /// before the body.
  private void counted(Stmt body, int index, Runnable size, Runnable turn) {
    Label top = code.newLabel();
    Label step = code.newLabel();
    Label end = code.newLabel();
    code.iconst_0();
    code.istore(index);
    code.labelBinding(top);
    code.iload(index);
    size.run();
    code.if_icmpge(end);
    turn.run();
    repeated(body, step, end);
    code.labelBinding(step);
    code.iinc(index, 1);
    code.goto_(top);
    code.labelBinding(end);
  }

  /// A statement begins and ends with nothing on the stack, so that catching loses nothing.
  private void attempt(Stmt.Try attempt) {
    charge(attempt.span());
    int mark = method.mark();
    int calls = method.temporary(Type.STRING); // an int takes one slot, too
    method.pushMachineField("nesting", Owner.INT);
    code.istore(calls);
    Label start = code.newLabel();
    Label end = code.newLabel();
    Label failed = code.newLabel();
    Label done = code.newLabel();
    code.labelBinding(start);
    code.nop(); // an empty range cannot be caught from
    statement(attempt.body());
    charge(attempt.body().span());
    code.labelBinding(end);
    code.goto_(done);
    code.labelBinding(failed);
    int error = method.keep(Type.STRING);
    method.pushMachine();
    code.aload(error);
    code.iload(calls);
    method.pushSite(ScriptToken.firstOf(attempt.handler().span()), attempt.handler().span());
    method.virtual(Owner.MACHINE, "caught", Owner.BYTE_STRING, Owner.ERROR, Owner.INT, Owner.SITE);
    if (attempt.message().isPresent()) {
      expressions.targets().store(attempt.message().get());
    } else {
      code.pop();
    }
    statement(attempt.handler());
    charge(attempt.handler().span());
    code.labelBinding(done);
    code.exceptionCatch(start, end, failed, Owner.ERROR);
    method.release(mark);
  }

  /// Writes the body of a loop, one statement at least for each turn.
  private void repeated(Stmt body, Label step, Label end) {
    Optional<Label> outerBreak = breakTarget;
    Optional<Label> outerContinue = continueTarget;
    breakTarget = Optional.of(end);
    continueTarget = Optional.of(step);
    statement(body);
    if (isEmpty(body)) {
      method.count(1);
    }
    charge(body.span());
    breakTarget = outerBreak;
    continueTarget = outerContinue;
  }

  private static boolean isEmpty(Stmt body) {
    if (!(body instanceof Stmt.Block block)) {
      return false;
    }
    for (Stmt statement : block.statements()) {
      if (!isEmpty(statement)) {
        return false;
      }
    }
    return true;
  }
}
