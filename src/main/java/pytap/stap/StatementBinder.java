package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.ir.AggregateFunction;
import pytap.ir.Stmt;

/// Statement trees to bound statements.
final class StatementBinder {
  private final HandlerScope scope;
  private final Findings findings;
  private final ExpressionBinder expressions;

  StatementBinder(Library library, HandlerScope scope, Findings findings) {
    this.scope = scope;
    this.findings = findings;
    this.expressions = new ExpressionBinder(library, scope, findings);
  }

  BoundExpression condition(ExpressionTree tree) {
    scope.setInCondition(true);
    BoundExpression bound = expressions.bind(tree);
    scope.setInCondition(false);
    return bound;
  }

  BoundStatement bind(StatementTree tree) {
    return switch (tree) {
      case StatementTree.Block block -> block(block);
      case StatementTree.Empty empty -> BoundStatement.Block.empty(empty.token());
      case StatementTree.Expression expression ->
          new BoundStatement.Evaluate(
              expressions.bind(expression.expression()), expression.token());
      case StatementTree.If statement -> ifStatement(statement);
      case StatementTree.While loop ->
          new BoundStatement.Loop(
              expressions.bind(loop.condition()),
              Optional.empty(),
              loopBody(loop.body()),
              loop.token());
      case StatementTree.For loop -> forLoop(loop);
      case StatementTree.Foreach foreach -> foreach(foreach);
      case StatementTree.Return statement ->
          new BoundStatement.Return(statement.value().map(expressions::bind), statement.token());
      case StatementTree.Delete delete -> delete(delete);
      case StatementTree.Next next -> next(next);
      case StatementTree.Break statement ->
          inLoop("break", statement.token())
              ? new BoundStatement.Break(statement.token())
              : BoundStatement.Block.empty(statement.token());
      case StatementTree.Continue statement ->
          inLoop("continue", statement.token())
              ? new BoundStatement.Continue(statement.token())
              : BoundStatement.Block.empty(statement.token());
      case StatementTree.Try attempt -> attempt(attempt);
    };
  }

  private BoundStatement attempt(StatementTree.Try attempt) {
    BoundStatement body = bind(attempt.body());
    Optional<BoundExpression.Scalar> message = Optional.empty();
    if (attempt.message().isPresent()) {
      Token name = attempt.message().get();
      message =
          expressions
              .names()
              .scalar(name.text(), name)
              .map(variable -> new BoundExpression.Scalar(variable, name));
    }
    return new BoundStatement.Try(body, message, bind(attempt.handler()), attempt.token());
  }

  private BoundStatement block(StatementTree.Block block) {
    List<BoundStatement> statements = new ArrayList<>(block.statements().size());
    for (StatementTree statement : block.statements()) {
      statements.add(bind(statement));
    }
    return new BoundStatement.Block(statements, block.token());
  }

  private BoundStatement ifStatement(StatementTree.If statement) {
    if (statement.condition() instanceof ExpressionTree.Defined defined) {
      return expressions.isDefined(defined)
          ? bind(statement.then())
          : bindOptional(statement.otherwise(), statement.token());
    }
    return new BoundStatement.If(
        expressions.bind(statement.condition()),
        bind(statement.then()),
        bindOptional(statement.otherwise(), statement.token()),
        statement.token());
  }

  private BoundStatement bindOptional(Optional<StatementTree> tree, Token token) {
    return tree.isPresent() ? bind(tree.get()) : BoundStatement.Block.empty(token);
  }

  private BoundStatement loopBody(StatementTree body) {
    scope.enterLoop();
    BoundStatement bound = bind(body);
    scope.leaveLoop();
    return bound;
  }

  private BoundStatement forLoop(StatementTree.For loop) {
    List<BoundStatement> statements = new ArrayList<>();
    if (loop.initial().isPresent()) {
      ExpressionTree initial = loop.initial().get();
      statements.add(new BoundStatement.Evaluate(expressions.bind(initial), initial.token()));
    }
    BoundExpression condition =
        loop.condition().isPresent()
            ? expressions.bind(loop.condition().get())
            : new BoundExpression.LongConstant(1, loop.token());
    Optional<BoundExpression> step = loop.step().map(expressions::bind);
    statements.add(new BoundStatement.Loop(condition, step, loopBody(loop.body()), loop.token()));
    return new BoundStatement.Block(statements, loop.token());
  }

  private boolean inLoop(String what, Token token) {
    if (scope.inLoop()) {
      return true;
    }
    findings.report(StapCode.OUTSIDE_LOOP, "cannot '" + what + "' outside loop", token);
    return false;
  }

  private BoundStatement foreach(StatementTree.Foreach foreach) {
    if (foreach.array() instanceof ExpressionTree.Statistic histogram) {
      return foreachBucket(foreach, histogram);
    }
    if (!(foreach.array() instanceof ExpressionTree.Symbol symbol)) {
      throw new IllegalStateException("the parser lets arrays and histograms pass only");
    }
    Optional<Variable> array =
        expressions.names().array(symbol.name(), foreach.keys().size(), symbol.token());
    List<BoundStatement> copies = new ArrayList<>();
    List<Variable> keys = new ArrayList<>();
    for (Token key : foreach.keys()) {
      keys.add(loopVariable(key, copies));
    }
    Optional<Variable> value = Optional.empty();
    if (foreach.value().isPresent()) {
      value = Optional.of(loopVariable(foreach.value().get(), copies));
    }
    List<Optional<BoundExpression>> slice = expressions.slice(foreach.slice());
    Optional<BoundExpression> limit = foreach.limit().map(expressions::bind);
    BoundStatement body = walkBody(foreach, copies);
    if (array.isEmpty() || !isSliceOf(array.get(), slice, symbol.token())) {
      return BoundStatement.Block.empty(foreach.token());
    }
    return new BoundStatement.Foreach(
        array.get(),
        symbol.token(),
        keys,
        value,
        slice,
        order(foreach),
        limit,
        body,
        foreach.token());
  }

  private boolean isSliceOf(Variable array, List<Optional<BoundExpression>> slice, Token token) {
    if (slice.isEmpty() || slice.size() == array.arity()) {
      return true;
    }
    findings.report(
        StapCode.UNRESOLVED_ARRAY,
        "unresolved arity-"
            + slice.size()
            + " global array "
            + array.name()
            + ", missing global declaration?",
        token);
    return false;
  }

  /// The body of a walk, behind the copies of what it walks over.
  private BoundStatement walkBody(StatementTree.Foreach foreach, List<BoundStatement> copies) {
    BoundStatement body = loopBody(foreach.body());
    if (copies.isEmpty()) {
      return body;
    }
    copies.add(body);
    return new BoundStatement.Block(copies, foreach.body().token());
  }

  private BoundStatement foreachBucket(
      StatementTree.Foreach foreach, ExpressionTree.Statistic histogram) {
    Optional<BoundExpression.Place> statistic = expressions.statistics().histogram(histogram);
    Token token = histogram.token();
    boolean sorted = foreach.sort().isPresent();
    if (foreach.keys().size() != 1 || !foreach.slice().isEmpty() || sorted) {
      findings.report(
          StapCode.INCONSISTENT_ARITY,
          sorted ? "a histogram is walked over in its own order" : "a histogram has one index",
          token);
    }
    List<BoundStatement> copies = new ArrayList<>();
    Variable bucket = loopVariable(foreach.keys().getFirst(), copies);
    Optional<Variable> value = foreach.value().map(name -> loopVariable(name, copies));
    Optional<BoundExpression> limit = foreach.limit().map(expressions::bind);
    BoundStatement body = walkBody(foreach, copies);
    return statistic.isPresent()
        ? new BoundStatement.ForeachBucket(
            statistic.get(), bucket, value, limit, body, foreach.token())
        : BoundStatement.Block.empty(foreach.token());
  }

  /// The local that a walk fills. Where the script names a global, a local stands in and is copied.
  private Variable loopVariable(Token name, List<BoundStatement> copies) {
    Optional<Variable> variable = expressions.names().scalar(name.text(), name);
    if (variable.isPresent() && !variable.get().isGlobal()) {
      return variable.get();
    }
    Variable local = Variable.local(name.text(), name);
    if (variable.isPresent()) {
      BoundExpression.Place global = new BoundExpression.Scalar(variable.get(), name);
      BoundExpression read = new BoundExpression.Scalar(local, name);
      copies.add(new BoundStatement.Evaluate(new BoundExpression.Assign(global, read, name), name));
    }
    return local;
  }

  private static Stmt.Order order(StatementTree.Foreach foreach) {
    if (foreach.sort().isEmpty()) {
      return new Stmt.Order.Unsorted();
    }
    StatementTree.Sort sort = foreach.sort().get();
    Optional<AggregateFunction> function =
        sort.aggregate().flatMap(aggregate -> StatisticBinder.function(aggregate.text()));
    if (function.isPresent()) {
      return new Stmt.Order.ByAggregate(function.get(), sort.descending());
    }
    return sort.key() < 0
        ? new Stmt.Order.ByValue(sort.descending())
        : new Stmt.Order.ByKey(sort.key(), sort.descending());
  }

  private BoundStatement delete(StatementTree.Delete delete) {
    Token token = delete.token();
    switch (delete.target()) {
      case ExpressionTree.Symbol symbol -> {
        Optional<Variable> variable = expressions.names().find(symbol.name());
        if (variable.isEmpty()) {
          variable = expressions.names().scalar(symbol.name(), symbol.token());
        }
        if (variable.isPresent()) {
          return new BoundStatement.DeleteVariable(variable.get(), symbol.token(), token);
        }
      }
      case ExpressionTree.Element element when ExpressionBinder.isSlice(element.keys()) -> {
        Optional<Variable> array =
            expressions.names().array(element.name(), element.keys().size(), element.token());
        if (array.isPresent()) {
          return new BoundStatement.DeleteSlice(
              array.get(), element.token(), expressions.slice(element.keys()), token);
        }
      }
      case ExpressionTree.Element element -> {
        if (expressions.bind(element) instanceof BoundExpression.Element bound) {
          return new BoundStatement.DeleteElement(bound, token);
        }
      }
      case ExpressionTree other ->
          findings.report(
              StapCode.NOT_ASSIGNABLE,
              "invalid operand of delete",
              other.token(),
              "delete takes an array, an element or a variable");
    }
    return BoundStatement.Block.empty(token);
  }

  /// In a function `next` goes on with the next overload, with the arguments of this one.
  private BoundStatement next(StatementTree.Next next) {
    Token token = next.token();
    if (scope.function().isEmpty()) {
      return new BoundStatement.Next(token);
    }
    FunctionSymbol function = scope.function().get();
    if (function.nextAlternative().isPresent()) {
      List<BoundExpression> arguments = new ArrayList<>();
      for (Variable parameter : function.originalParameters()) {
        arguments.add(new BoundExpression.Scalar(parameter, token));
      }
      FunctionSymbol other = function.nextAlternative().get();
      return new BoundStatement.Return(
          Optional.of(new BoundExpression.Call(other, arguments, token)), token);
    }
    return new BoundStatement.Fail("all functions exhausted", function.token());
  }
}
