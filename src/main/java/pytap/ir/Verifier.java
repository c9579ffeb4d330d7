package pytap.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.source.Span;

/// Checks that a program is what [Program] promises: every name belongs to it, every type fits,
/// every jump has a loop. A front end that breaks the promise has a bug.
public final class Verifier {
  private final Program program;
  private final Map<String, Function> functions = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private List<Local> locals = List.of();
  private Type result = Type.VOID;
  private boolean inFunction;
  private int loops;

  private Verifier(Program program) {
    this.program = program;
  }

  /// What is wrong with `program`, one line each; empty for a sound one.
  public static List<String> problems(Program program) {
    Verifier verifier = new Verifier(program);
    verifier.program();
    return List.copyOf(verifier.problems);
  }

  /// Throws [IllegalStateException] with every problem of `program` unless it is sound.
  public static void verify(Program program) {
    List<String> problems = problems(program);
    if (!problems.isEmpty()) {
      throw new IllegalStateException("unsound program:\n" + String.join("\n", problems));
    }
  }

  private void check(boolean holds, String problem, Object where) {
    if (!holds) {
      problems.add(problem + ": " + where);
    }
  }

  private void program() {
    for (int i = 0; i < program.globals().size(); i++) {
      Global global = program.globals().get(i);
      check(global.index() == i, "global out of place", global.name());
      check(global.type() != Type.VOID, "global without type", global.name());
      check(!global.keyTypes().contains(Type.VOID), "key without type", global.name());
      check(
          global.initial().isEmpty() || global.initial().get().type() == global.type(),
          "initial value of another type",
          global.name());
    }
    for (Function function : program.functions()) {
      check(functions.put(function.name(), function) == null, "two functions", function.name());
    }
    for (Function function : program.functions()) {
      inFunction = true;
      result = function.result();
      locals(function.locals());
      check(function.parameters() <= locals.size(), "parameters without locals", function.name());
      statement(function.body());
    }
    inFunction = false;
    result = Type.VOID;
    for (int i = 0; i < program.probes().size(); i++) {
      Probe probe = program.probes().get(i);
      check(probe.index() == i, "probe out of place", probe.point());
      locals(probe.locals());
      probe.condition().ifPresent(condition -> value(condition, Type.LONG));
      statement(probe.body());
    }
  }

  private void locals(List<Local> declared) {
    locals = declared;
    loops = 0;
    for (int i = 0; i < declared.size(); i++) {
      check(declared.get(i).index() == i, "local out of place", declared.get(i).name());
      check(declared.get(i).type() != Type.VOID, "local without type", declared.get(i).name());
      check(
          declared.get(i).type() != Type.STATISTIC,
          "a local is no statistic",
          declared.get(i).name());
    }
  }

  private void local(Local local) {
    check(
        local.index() < locals.size() && locals.get(local.index()).equals(local),
        "local of another handler",
        local.name());
  }

  private void global(Global global, boolean asArray) {
    check(
        global.index() < program.globals().size()
            && program.globals().get(global.index()).equals(global),
        "global of another program",
        global.name());
    check(global.isArray() == asArray, asArray ? "no array" : "array as a scalar", global.name());
  }

  private void statement(Stmt statement) {
    switch (statement) {
      case Stmt.Block block -> block.statements().forEach(this::statement);
      case Stmt.Evaluate evaluate -> expression(evaluate.expression());
      case Stmt.Print print -> formatted(print.pieces(), print.arguments(), print.span());
      case Stmt.If branch -> {
        value(branch.condition(), Type.LONG);
        statement(branch.then());
        branch.otherwise().ifPresent(this::statement);
      }
      case Stmt.Loop loop -> {
        value(loop.condition(), Type.LONG);
        loop.step().ifPresent(this::expression);
        loopBody(loop.body());
      }
      case Stmt.Foreach foreach -> foreach(foreach);
      case Stmt.ForeachBucket foreach -> {
        histogram(foreach.statistic(), foreach.span());
        local(foreach.bucket());
        check(foreach.bucket().type() == Type.LONG, "bucket is no number", foreach.bucket().name());
        foreach.value().ifPresent(this::local);
        foreach.limit().ifPresent(limit -> value(limit, Type.LONG));
        loopBody(foreach.body());
      }
      case Stmt.PrintHistogram print -> histogram(print.statistic(), print.span());
      case Stmt.Try attempt -> {
        statement(attempt.body());
        if (attempt.message().isPresent()) {
          Target message = attempt.message().get();
          target(message);
          check(message.type() == Type.STRING, "message is no string", attempt.span().position());
        }
        statement(attempt.handler());
      }
      case Stmt.Fail _ -> {}
      case Stmt.DeleteSlice delete -> slice(delete.array(), delete.keys());
      case Stmt.Return leave -> {
        check(inFunction, "return outside a function", leave.span().position());
        if (leave.value().isPresent()) {
          value(leave.value().get(), result);
        }
      }
      case Stmt.Next next -> check(!inFunction, "next in a function", next.span().position());
      case Stmt.Break leave -> check(loops > 0, "break outside a loop", leave.span().position());
      case Stmt.Continue again ->
          check(loops > 0, "continue outside a loop", again.span().position());
      case Stmt.DeleteTarget delete -> target(delete.target());
      case Stmt.DeleteAll delete -> global(delete.array(), true);
    }
  }

  private void loopBody(Stmt body) {
    loops++;
    statement(body);
    loops--;
  }

  private void foreach(Stmt.Foreach foreach) {
    global(foreach.array(), true);
    List<Type> keyTypes = foreach.array().keyTypes();
    check(keyTypes.size() == foreach.keys().size(), "wrong number of keys", foreach.array().name());
    for (int i = 0; i < Math.min(keyTypes.size(), foreach.keys().size()); i++) {
      Local key = foreach.keys().get(i);
      local(key);
      check(key.type() == keyTypes.get(i), "key of another type", key.name());
    }
    foreach.value().ifPresent(this::local);
    if (!foreach.slice().isEmpty()) {
      slice(foreach.array(), foreach.slice());
    }
    if (foreach.order() instanceof Stmt.Order.ByAggregate) {
      check(foreach.array().type() == Type.STATISTIC, "no statistics", foreach.array().name());
    }
    foreach.limit().ifPresent(limit -> value(limit, Type.LONG));
    if (foreach.order() instanceof Stmt.Order.ByKey byKey) {
      check(
          byKey.keyIndex() >= 0 && byKey.keyIndex() < keyTypes.size(),
          "no such key to sort by",
          byKey);
    }
    loopBody(foreach.body());
  }

  private void target(Target target) {
    switch (target) {
      case Target.OfLocal(var local) -> local(local);
      case Target.OfGlobal(var global) -> global(global, false);
      case Target.OfElement(var array, var keys) -> keys(array, keys);
    }
  }

  private void keys(Global array, List<Expr> keys) {
    global(array, true);
    check(keys.size() == array.keyTypes().size(), "wrong number of keys", array.name());
    for (int i = 0; i < Math.min(keys.size(), array.keyTypes().size()); i++) {
      value(keys.get(i), array.keyTypes().get(i));
    }
  }

  private void slice(Global array, List<Optional<Expr>> keys) {
    global(array, true);
    check(keys.size() == array.keyTypes().size(), "wrong number of keys", array.name());
    for (int i = 0; i < Math.min(keys.size(), array.keyTypes().size()); i++) {
      if (keys.get(i).isPresent()) {
        value(keys.get(i).get(), array.keyTypes().get(i));
      }
    }
  }

  private void statistic(Target target, Span span) {
    target(target);
    check(target.type() == Type.STATISTIC, "no statistic", span.position());
  }

  private void histogram(Target target, Span span) {
    statistic(target, span);
    Optional<Histogram> histogram =
        switch (target) {
          case Target.OfLocal _ -> Optional.empty();
          case Target.OfGlobal(var global) -> global.aggregation().histogram();
          case Target.OfElement(var array, _) -> array.aggregation().histogram();
        };
    check(histogram.isPresent(), "statistic without a histogram", span.position());
  }

  private void value(Expr expr, Type type) {
    check(
        expr.type() == type,
        "expected " + type + " and found " + expr.type(),
        expr.span().position());
    expression(expr);
  }

  private void expression(Expr expr) {
    switch (expr) {
      case Expr.LongConstant _, Expr.StringConstant _ -> {}
      case Expr.MarkerArgument argument ->
          check(argument.number() >= 1, "no such argument", argument.number());
      case Expr.LocalRead read -> local(read.local());
      case Expr.GlobalRead read -> global(read.global(), false);
      case Expr.ElementRead read -> keys(read.array(), read.keys());
      case Expr.Contains contains -> keys(contains.array(), contains.keys());
      case Expr.ContainsSlice contains -> slice(contains.array(), contains.keys());
      case Expr.Accumulate accumulate -> {
        statistic(accumulate.statistic(), accumulate.span());
        value(accumulate.value(), Type.LONG);
      }
      case Expr.Aggregate aggregate -> statistic(aggregate.statistic(), aggregate.span());
      case Expr.Bucket bucket -> {
        histogram(bucket.statistic(), bucket.span());
        value(bucket.index(), Type.LONG);
      }
      case Expr.HasBucket bucket -> {
        histogram(bucket.statistic(), bucket.span());
        value(bucket.index(), Type.LONG);
      }
      case Expr.HistogramText text -> histogram(text.statistic(), text.span());
      case Expr.Match match -> value(match.text(), Type.STRING);
      case Expr.Assign assign -> {
        target(assign.target());
        value(assign.value(), assign.target().type());
      }
      case Expr.Update update -> {
        target(update.target());
        value(update.operand(), operandType(update.operator()));
        check(
            update.target().type() == operandType(update.operator()),
            "update of another type",
            update.span().position());
      }
      case Expr.Binary binary -> binary(binary);
      case Expr.Logical logical -> {
        value(logical.left(), Type.LONG);
        value(logical.right(), Type.LONG);
      }
      case Expr.Unary unary -> value(unary.operand(), Type.LONG);
      case Expr.Conditional conditional -> {
        value(conditional.condition(), Type.LONG);
        value(conditional.then(), conditional.type());
        value(conditional.otherwise(), conditional.type());
      }
      case Expr.Call call -> call(call);
      case Expr.IntrinsicCall call ->
          arguments(call.arguments(), call.intrinsic().parameters(), call.intrinsic().name());
      case Expr.Format format -> formatted(format.pieces(), format.arguments(), format.span());
    }
  }

  private static Type operandType(BinaryOperator operator) {
    return operator == BinaryOperator.CONCATENATE ? Type.STRING : Type.LONG;
  }

  private void binary(Expr.Binary binary) {
    Type type =
        switch (binary.operator().kind()) {
          case COMPARISON -> binary.left().type();
          case TEXT -> Type.STRING;
          case ARITHMETIC -> Type.LONG;
        };
    check(type != Type.VOID, "operand without value", binary.span().position());
    value(binary.left(), type);
    value(binary.right(), type);
  }

  private void call(Expr.Call call) {
    Function function = functions.get(call.function());
    if (function == null) {
      problems.add("call of an unknown function: " + call.function());
      return;
    }
    check(function.result() == call.type(), "call of another type", call.function());
    List<Type> parameters = new ArrayList<>();
    for (Local local : function.locals().subList(0, function.parameters())) {
      parameters.add(local.type());
    }
    arguments(call.arguments(), parameters, call.function());
  }

  private void arguments(List<Expr> arguments, List<Type> types, String what) {
    check(arguments.size() == types.size(), "wrong number of arguments", what);
    for (int i = 0; i < Math.min(arguments.size(), types.size()); i++) {
      value(arguments.get(i), types.get(i));
    }
  }

  private void formatted(List<FormatPiece> pieces, List<Expr> arguments, Object where) {
    List<Type> types = new ArrayList<>();
    for (FormatPiece piece : pieces) {
      if (piece instanceof FormatPiece.Directive directive) {
        if (directive.width().dynamic()) {
          types.add(Type.LONG);
        }
        if (directive.precision().dynamic()) {
          types.add(Type.LONG);
        }
        boolean text = directive.conversion() == FormatPiece.Conversion.STRING;
        types.add(text ? Type.STRING : Type.LONG);
      }
    }
    arguments(arguments, types, "format at " + where);
  }
}
