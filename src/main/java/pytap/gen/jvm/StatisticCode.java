package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import pytap.ir.AggregateFunction;
import pytap.ir.Expr;
import pytap.ir.Stmt;
import pytap.ir.Target;
import pytap.ir.Type;
import pytap.runtime.Statistic;
import pytap.source.Span;

/// Writes what has to do with statistics.
final class StatisticCode {
  private final MethodCode method;
  private final CodeBuilder code;
  private final ExpressionCode expressions;

  StatisticCode(MethodCode method, ExpressionCode expressions) {
    this.method = method;
    this.code = method.code;
    this.expressions = expressions;
  }

  /// Writes `expression` and gives true, or false where it has to do with something else.
  boolean push(Expr expression) {
    if (expression instanceof Expr.Accumulate accumulate) {
      accumulate(accumulate, true);
    } else if (expression instanceof Expr.Aggregate aggregate) {
      pushStatistic(aggregate.statistic());
      pushValue(aggregate.function(), aggregate.span());
    } else if (expression instanceof Expr.Bucket bucket) {
      ExpressionCode.Operand index = expressions.keep(bucket.index());
      pushStatistic(bucket.statistic());
      expressions.push(index);
      method.pushSite(ScriptToken.firstOf(bucket.span()), bucket.span());
      method.virtual(Owner.STATISTIC, "bucket", Owner.LONG, Owner.LONG, Owner.SITE);
    } else if (expression instanceof Expr.HasBucket bucket) {
      ExpressionCode.Operand index = expressions.keep(bucket.index());
      pushStatistic(bucket.statistic());
      expressions.push(index);
      method.virtual(Owner.STATISTIC, "hasBucket", Owner.LONG, Owner.LONG);
    } else if (expression instanceof Expr.HistogramText text) {
      pushText(text);
    } else {
      return false;
    }
    return true;
  }

  private void pushValue(AggregateFunction function, Span span) {
    switch (function) {
      case COUNT -> method.virtual(Owner.STATISTIC, "count", Owner.LONG);
      case SUM -> method.virtual(Owner.STATISTIC, "sum", Owner.LONG);
      case MIN, MAX, AVERAGE, VARIANCE -> {
        method.pushInt(number(function));
        method.pushSite(ScriptToken.operator(function.symbol()), span);
        method.virtual(Owner.STATISTIC, "value", Owner.LONG, Owner.INT, Owner.SITE);
      }
    }
  }

  /// The number that the runtime has for `function`.
  static int number(AggregateFunction function) {
    return switch (function) {
      case COUNT -> Statistic.COUNT;
      case SUM -> Statistic.SUM;
      case MIN -> Statistic.MIN;
      case MAX -> Statistic.MAX;
      case AVERAGE -> Statistic.AVERAGE;
      case VARIANCE -> Statistic.VARIANCE;
    };
  }

  void pushStatistic(Target target) {
    if (target instanceof Target.OfGlobal global) {
      method.pushMachineField("statistics", Owner.STATISTIC.arrayType());
      method.pushInt(global.global().index());
      code.aaload();
    } else if (target instanceof Target.OfElement element) {
      int mark = method.mark();
      expressions.targets().pushKeyed(element.array(), expressions.keepAll(element.keys()));
      method.virtual(Owner.ARRAY, "statistic", Owner.STATISTIC);
      method.release(mark);
    } else {
      throw new IllegalStateException("no statistic: " + target);
    }
  }

  /// @param wanted whether to leave the value added
  void accumulate(Expr.Accumulate accumulate, boolean wanted) {
    int mark = method.mark();
    if (accumulate.statistic() instanceof Target.OfElement element) {
      var keys = expressions.keepAll(element.keys());
      ExpressionCode.Operand value = expressions.keep(accumulate.value());
      expressions.targets().pushKeyed(element.array(), keys);
      expressions.push(value);
      method.pushSite(ScriptToken.identifier(element.array().name()), accumulate.span());
      method.virtual(Owner.ARRAY, "accumulate", Owner.VOID, Owner.LONG, Owner.SITE);
      if (wanted) {
        expressions.push(value);
      }
    } else {
      ExpressionCode.Operand value = expressions.keep(accumulate.value());
      pushStatistic(accumulate.statistic());
      expressions.push(value);
      method.virtual(Owner.STATISTIC, "add", Owner.VOID, Owner.LONG);
      if (wanted) {
        expressions.push(value);
      }
    }
    method.release(mark);
  }

  private void pushText(Expr.HistogramText text) {
    int mark = method.mark();
    pushStatistic(text.statistic());
    method.pushMachine();
    method.virtual(Owner.MACHINE, "scratch", Owner.OUTPUT);
    int out = method.keep(Type.STRING); // a reference like a string
    draw(out, text.newline());
    method.pushMachine();
    method.virtual(Owner.MACHINE, "scratchText", Owner.BYTE_STRING);
    method.release(mark);
  }

  void print(Stmt.PrintHistogram print) {
    int mark = method.mark();
    pushStatistic(print.statistic());
    method.pushMachineField("out", Owner.OUTPUT);
    int out = method.keep(Type.STRING);
    draw(out, print.newline());
    method.release(mark);
  }

  /// With the statistic on the stack.
  private void draw(int out, boolean newline) {
    code.aload(out);
    method.virtual(Owner.STATISTIC, "draw", Owner.VOID, Owner.OUTPUT);
    if (newline) {
      code.aload(out);
      method.pushInt('\n');
      method.virtual(Owner.OUTPUT, "octet", Owner.VOID, Owner.INT);
    }
  }
}
