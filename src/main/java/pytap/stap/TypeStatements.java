package pytap.stap;

import java.util.Optional;
import pytap.ir.Stmt;

/// Type inference's walk over the statements of one function or handler.
final class TypeStatements {
  private final TypeInference inference;
  private final Optional<FunctionSymbol> function;

  TypeStatements(TypeInference inference) {
    this.inference = inference;
    this.function = Optional.empty();
  }

  TypeStatements(TypeInference inference, FunctionSymbol function) {
    this.inference = inference;
    this.function = Optional.of(function);
  }

  void statement(BoundStatement statement) {
    switch (statement) {
      case BoundStatement.Block block -> {
        for (BoundStatement inner : block.statements()) {
          statement(inner);
        }
      }
      case BoundStatement.Evaluate evaluate ->
          inference.expression(evaluate.expression(), ValueType.UNKNOWN);
      case BoundStatement.If branch -> {
        inference.expression(branch.condition(), ValueType.LONG);
        statement(branch.then());
        statement(branch.otherwise());
      }
      case BoundStatement.Loop loop -> {
        inference.expression(loop.condition(), ValueType.LONG);
        if (loop.step().isPresent()) {
          inference.expression(loop.step().get(), ValueType.UNKNOWN);
        }
        statement(loop.body());
      }
      case BoundStatement.Foreach foreach -> foreach(foreach);
      case BoundStatement.ForeachBucket foreach -> foreachBucket(foreach);
      case BoundStatement.Try attempt -> {
        statement(attempt.body());
        if (attempt.message().isPresent()) {
          inference.expression(attempt.message().get(), ValueType.STRING);
        }
        statement(attempt.handler());
      }
      case BoundStatement.Fail _ -> {}
      case BoundStatement.DeleteSlice delete -> inference.slice(delete.array(), delete.keys());
      case BoundStatement.Return result -> {
        if (result.value().isPresent()) {
          returned(result.value().get());
        }
      }
      case BoundStatement.DeleteElement delete ->
          inference.keys(delete.element().variable(), delete.element().keys());
      case BoundStatement.DeleteVariable delete -> {
        if (delete.variable().arity() <= 0) {
          inference.variable(delete.variable(), delete.variableToken(), ValueType.UNKNOWN);
        }
      }
      case BoundStatement.Next _, BoundStatement.Break _, BoundStatement.Continue _ -> {}
    }
  }

  private void foreachBucket(BoundStatement.ForeachBucket foreach) {
    inference.statistic(foreach.statistic());
    inference.variable(foreach.bucket(), foreach.bucket().token(), ValueType.LONG);
    if (foreach.value().isPresent()) {
      Variable value = foreach.value().get();
      inference.variable(value, value.token(), ValueType.LONG);
    }
    if (foreach.limit().isPresent()) {
      inference.expression(foreach.limit().get(), ValueType.LONG);
    }
    statement(foreach.body());
  }

  private void returned(BoundExpression value) {
    FunctionSymbol owner =
        function.orElseThrow(() -> new IllegalStateException("return outside a function"));
    ValueType found = inference.expression(value, owner.result());
    inference.result(owner, found, value.token());
  }

  private void foreach(BoundStatement.Foreach foreach) {
    Variable array = foreach.array();
    for (int i = 0; i < foreach.keys().size(); i++) {
      Variable key = foreach.keys().get(i);
      ValueType known = inference.key(array, i, key.type());
      inference.variable(key, key.token(), known);
    }
    inference.slice(array, foreach.slice());
    if (foreach.order() instanceof Stmt.Order.ByAggregate) {
      inference.variable(array, foreach.arrayToken(), ValueType.STATISTIC);
    }
    if (foreach.value().isPresent()) {
      Variable value = foreach.value().get();
      if (array.type() == ValueType.STATISTIC) {
        inference.misplacedStatistic(foreach.arrayToken());
      } else {
        inference.variable(value, value.token(), array.type());
        inference.variable(array, foreach.arrayToken(), value.type());
      }
    }
    if (foreach.limit().isPresent()) {
      inference.expression(foreach.limit().get(), ValueType.LONG);
    }
    statement(foreach.body());
  }
}
