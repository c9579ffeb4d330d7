package pytap.stap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pytap.ir.Expr;
import pytap.ir.FormatPiece;
import pytap.ir.Global;
import pytap.ir.Local;
import pytap.ir.Stmt;
import pytap.ir.Target;

/// The body of one function or handler to the program's form. Locals get their numbers in the order
/// in which they are met.
final class HandlerLowering {
  private final Map<Variable, Global> globals;
  private final Set<Variable> written;
  private final Map<Variable, Local> locals = new LinkedHashMap<>();

  /// @param written what any handler writes
  HandlerLowering(Map<Variable, Global> globals, Set<Variable> written) {
    this.globals = globals;
    this.written = written;
  }

  List<Local> locals() {
    return new ArrayList<>(locals.values());
  }

  Local local(Variable variable) {
    Local local = locals.get(variable);
    if (local == null) {
      local = new Local(locals.size(), variable.name(), Lowering.type(variable.type()));
      locals.put(variable, local);
    }
    return local;
  }

  private Global global(Variable variable) {
    Global global = globals.get(variable);
    if (global == null) {
      throw new IllegalStateException("global " + variable.name() + " was not collected");
    }
    return global;
  }

  Stmt statement(BoundStatement statement) {
    return switch (statement) {
      case BoundStatement.Block block -> block(block);
      case BoundStatement.Evaluate evaluate -> evaluate(evaluate.expression(), evaluate.token());
      case BoundStatement.If branch ->
          new Stmt.If(
              expression(branch.condition()),
              statement(branch.then()),
              isEmpty(branch.otherwise())
                  ? Optional.empty()
                  : Optional.of(statement(branch.otherwise())),
              branch.token().span());
      case BoundStatement.Loop loop -> {
        Expr condition = expression(loop.condition());
        Optional<Expr> step = loop.step().map(this::step);
        yield new Stmt.Loop(condition, step, statement(loop.body()), loop.token().span());
      }
      case BoundStatement.Foreach foreach -> foreach(foreach);
      case BoundStatement.ForeachBucket foreach ->
          new Stmt.ForeachBucket(
              target(foreach.statistic()),
              local(foreach.bucket()),
              foreach.value().map(this::local),
              foreach.limit().map(this::expression),
              statement(foreach.body()),
              foreach.token().span());
      case BoundStatement.Try attempt ->
          new Stmt.Try(
              statement(attempt.body()),
              attempt.message().map(this::target),
              statement(attempt.handler()),
              attempt.token().span());
      case BoundStatement.Fail fail ->
          new Stmt.Fail(fail.message(), fail.token().text(), fail.token().span());
      case BoundStatement.DeleteSlice delete ->
          new Stmt.DeleteSlice(global(delete.array()), slice(delete.keys()), delete.token().span());
      case BoundStatement.Return result -> returned(result);
      case BoundStatement.DeleteElement delete ->
          new Stmt.DeleteTarget(target(delete.element()), delete.token().span());
      case BoundStatement.DeleteVariable delete -> {
        BoundExpression.Scalar scalar =
            new BoundExpression.Scalar(delete.variable(), delete.variableToken());
        yield delete.variable().arity() > 0
            ? new Stmt.DeleteAll(global(delete.variable()), delete.token().span())
            : new Stmt.DeleteTarget(target(scalar), delete.token().span());
      }
      case BoundStatement.Next next -> new Stmt.Next(next.token().span());
      case BoundStatement.Break leave -> new Stmt.Break(leave.token().span());
      case BoundStatement.Continue again -> new Stmt.Continue(again.token().span());
    };
  }

  private Expr step(BoundExpression expression) {
    return expression instanceof BoundExpression.Update update
        ? update(update, false)
        : expression(expression);
  }

  private static boolean isEmpty(BoundStatement statement) {
    return statement instanceof BoundStatement.Block block && block.statements().isEmpty();
  }

  private Stmt block(BoundStatement.Block block) {
    List<Stmt> statements = new ArrayList<>(block.statements().size());
    for (BoundStatement inner : block.statements()) {
      Stmt lowered = statement(inner);
      if (lowered instanceof Stmt.Block nested) {
        statements.addAll(nested.statements()); // blocks have no names of their own
      } else {
        statements.add(lowered);
      }
    }
    return new Stmt.Block(statements, block.token().span());
  }

  private Stmt evaluate(BoundExpression expression, Token token) {
    if (expression instanceof BoundExpression.Update update) {
      return new Stmt.Evaluate(update(update, false), token.span());
    }
    if (expression instanceof BoundExpression.PrintHistogram print && !print.name().asText()) {
      Target statistic = target(print.statistic());
      return new Stmt.PrintHistogram(statistic, print.name().newline(), token.span());
    }
    return expression instanceof BoundExpression.Print print && !print.name().asText()
        ? new Stmt.Print(pieces(print), arguments(print), token.span())
        : new Stmt.Evaluate(expression(expression), token.span());
  }

  private Stmt returned(BoundStatement.Return result) {
    Token token = result.token();
    if (result.value().isPresent()
        && TypeInference.typeOf(result.value().get()) == ValueType.UNKNOWN) {
      Stmt call = evaluate(result.value().get(), token);
      Stmt leave = new Stmt.Return(Optional.empty(), token.span());
      return new Stmt.Block(List.of(call, leave), token.span());
    }
    return new Stmt.Return(result.value().map(this::expression), token.span());
  }

  private Stmt foreach(BoundStatement.Foreach foreach) {
    List<Local> keys = new ArrayList<>();
    for (Variable key : foreach.keys()) {
      keys.add(local(key));
    }
    return new Stmt.Foreach(
        global(foreach.array()),
        keys,
        foreach.value().map(this::local),
        slice(foreach.slice()),
        foreach.order(),
        foreach.limit().map(this::expression),
        statement(foreach.body()),
        foreach.token().span());
  }

  private List<Optional<Expr>> slice(List<Optional<BoundExpression>> keys) {
    List<Optional<Expr>> lowered = new ArrayList<>(keys.size());
    for (Optional<BoundExpression> key : keys) {
      lowered.add(key.map(this::expression));
    }
    return lowered;
  }

  private Target target(BoundExpression.Place place) {
    Variable variable = place.variable();
    return switch (place) {
      case BoundExpression.Scalar _ when variable.isGlobal() ->
          new Target.OfGlobal(global(variable));
      case BoundExpression.Scalar _ -> new Target.OfLocal(local(variable));
      case BoundExpression.Element element ->
          new Target.OfElement(global(variable), all(element.keys()));
    };
  }

  private List<Expr> all(List<BoundExpression> expressions) {
    List<Expr> lowered = new ArrayList<>(expressions.size());
    for (BoundExpression expression : expressions) {
      lowered.add(expression(expression));
    }
    return lowered;
  }

  Expr expression(BoundExpression expression) {
    Token token = expression.token();
    return switch (expression) {
      case BoundExpression.LongConstant constant ->
          new Expr.LongConstant(constant.value(), token.span());
      case BoundExpression.StringConstant constant ->
          new Expr.StringConstant(constant.value(), token.span());
      case BoundExpression.Scalar scalar ->
          scalar.variable().isGlobal()
              ? new Expr.GlobalRead(global(scalar.variable()), token.span())
              : new Expr.LocalRead(local(scalar.variable()), token.span());
      case BoundExpression.Element element ->
          new Expr.ElementRead(global(element.variable()), all(element.keys()), token.span());
      case BoundExpression.Contains contains ->
          new Expr.Contains(global(contains.array()), all(contains.keys()), token.span());
      case BoundExpression.ContainsSlice contains ->
          new Expr.ContainsSlice(global(contains.array()), slice(contains.keys()), token.span());
      case BoundExpression.Accumulate accumulate ->
          new Expr.Accumulate(
              target(accumulate.statistic()),
              expression(accumulate.value()),
              accumulate.statistic().token().span());
      case BoundExpression.Aggregate aggregate ->
          new Expr.Aggregate(aggregate.function(), target(aggregate.statistic()), token.span());
      case BoundExpression.Bucket bucket ->
          new Expr.Bucket(target(bucket.statistic()), expression(bucket.index()), token.span());
      case BoundExpression.HasBucket bucket ->
          new Expr.HasBucket(target(bucket.statistic()), expression(bucket.index()), token.span());
      case BoundExpression.PrintHistogram print ->
          new Expr.HistogramText(target(print.statistic()), print.name().newline(), token.span());
      case BoundExpression.Match match ->
          new Expr.Match(expression(match.text()), match.pattern(), match.negated(), token.span());
      case BoundExpression.Assign assign -> {
        Target target = target(assign.target());
        yield new Expr.Assign(target, expression(assign.value()), assign.target().token().span());
      }
      case BoundExpression.Update update -> update(update, update.yieldsOld());
      case BoundExpression.Binary binary ->
          new Expr.Binary(
              binary.operator(),
              expression(binary.left()),
              expression(binary.right()),
              token.span());
      case BoundExpression.Logical logical ->
          new Expr.Logical(
              logical.conjunction(),
              expression(logical.left()),
              expression(logical.right()),
              token.span());
      case BoundExpression.Unary unary ->
          new Expr.Unary(unary.operator(), expression(unary.operand()), token.span());
      case BoundExpression.Conditional conditional ->
          new Expr.Conditional(
              expression(conditional.condition()),
              expression(conditional.then()),
              expression(conditional.otherwise()),
              token.span());
      case BoundExpression.Call call ->
          new Expr.Call(
              call.function().uniqueName(),
              Lowering.type(call.function().result()),
              all(call.arguments()),
              token.span());
      case BoundExpression.IntrinsicCall call ->
          new Expr.IntrinsicCall(call.intrinsic(), all(call.arguments()), token.span());
      case BoundExpression.MarkerArgument argument ->
          new Expr.MarkerArgument(argument.number(), token.span());
      case BoundExpression.ProbeWrites writes ->
          new Expr.LongConstant(written.contains(writes.variable()) ? 1 : 0, token.span());
      case BoundExpression.Print print ->
          new Expr.Format(pieces(print), arguments(print), token.span());
      case BoundExpression.Broken _ ->
          throw new IllegalStateException("a broken expression at " + token.span().position());
    };
  }

  /// Where nobody takes the value it need not be the old one.
  private Expr update(BoundExpression.Update update, boolean yieldsOld) {
    Target target = target(update.target());
    Expr operand = expression(update.operand());
    return new Expr.Update(
        target, update.operator(), operand, yieldsOld, updateToken(update).span());
  }

  /// A failure of `a[k] += x` is the array's, of `x /= 0` the operator's.
  private static Token updateToken(BoundExpression.Update update) {
    return switch (update.operator()) {
      case DIVIDE, MODULO -> update.token();
      default -> update.target().token();
    };
  }

  private static List<FormatPiece> pieces(BoundExpression.Print print) {
    return print.pieces().isPresent() ? print.pieces().get() : FormatArguments.pieces(print);
  }

  private List<Expr> arguments(BoundExpression.Print print) {
    return all(print.pieces().isPresent() ? print.arguments() : FormatArguments.arguments(print));
  }
}
