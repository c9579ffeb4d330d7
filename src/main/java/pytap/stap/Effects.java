package pytap.stap;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What can be left out when nobody takes its value. Reading the target's memory counts as nothing:
/// a value that nobody reads is not fetched, so it cannot fault.
final class Effects {
  private final Set<FunctionSymbol> effective = new HashSet<>();

  /// @param functions everything that can be called; a function has an effect if it prints, changes
  ///   a global or calls something that does
  Effects(List<FunctionSymbol> functions) {
    boolean grown = true;
    while (grown) {
      grown = false;
      for (FunctionSymbol function : functions) {
        if (!effective.contains(function) && has(function.body())) {
          effective.add(function);
          grown = true;
        }
      }
    }
  }

  boolean has(BoundStatement statement) {
    return switch (statement) {
      case BoundStatement.Block block -> {
        for (BoundStatement inner : block.statements()) {
          if (has(inner)) {
            yield true;
          }
        }
        yield false;
      }
      case BoundStatement.Evaluate evaluate -> has(evaluate.expression());
      case BoundStatement.If branch ->
          has(branch.condition()) || has(branch.then()) || has(branch.otherwise());
      case BoundStatement.Loop loop ->
          has(loop.condition())
              || (loop.step().isPresent() && has(loop.step().get()))
              || has(loop.body());
      case BoundStatement.Foreach foreach ->
          (foreach.limit().isPresent() && has(foreach.limit().get())) || has(foreach.body());
      case BoundStatement.ForeachBucket foreach ->
          (foreach.limit().isPresent() && has(foreach.limit().get())) || has(foreach.body());
      case BoundStatement.Try attempt -> has(attempt.body()) || has(attempt.handler());
      case BoundStatement.Fail _, BoundStatement.DeleteSlice _ -> true;
      case BoundStatement.Return result -> result.value().isPresent() && has(result.value().get());
      case BoundStatement.DeleteElement _ -> true;
      case BoundStatement.DeleteVariable delete -> delete.variable().isGlobal();
      case BoundStatement.Next _, BoundStatement.Break _, BoundStatement.Continue _ -> false;
    };
  }

  private boolean anyPresentHas(List<Optional<BoundExpression>> expressions) {
    for (Optional<BoundExpression> expression : expressions) {
      if (expression.isPresent() && has(expression.get())) {
        return true;
      }
    }
    return false;
  }

  private boolean anyHas(List<BoundExpression> expressions) {
    for (BoundExpression expression : expressions) {
      if (has(expression)) {
        return true;
      }
    }
    return false;
  }

  /// Assigning to a local counts within a function's own body as nothing, but as a statement of a
  /// handler it is for the caller to say whether the local is read.
  boolean has(BoundExpression expression) {
    return switch (expression) {
      case BoundExpression.Scalar _,
          BoundExpression.LongConstant _,
          BoundExpression.StringConstant _,
          BoundExpression.MarkerArgument _,
          BoundExpression.ProbeWrites _,
          BoundExpression.Broken _ ->
          false;
      case BoundExpression.Element element -> anyHas(element.keys());
      case BoundExpression.Contains contains -> anyHas(contains.keys());
      case BoundExpression.ContainsSlice contains -> anyPresentHas(contains.keys());
      case BoundExpression.Accumulate _, BoundExpression.Match _ -> true;
      case BoundExpression.Aggregate aggregate -> has(aggregate.statistic());
      case BoundExpression.Bucket bucket -> has(bucket.statistic()) || has(bucket.index());
      case BoundExpression.HasBucket bucket -> has(bucket.statistic()) || has(bucket.index());
      case BoundExpression.PrintHistogram print -> !print.name().asText() || has(print.statistic());
      case BoundExpression.Assign assign ->
          assign.target().variable().isGlobal() || has(assign.value());
      case BoundExpression.Update update ->
          update.target().variable().isGlobal() || has(update.operand());
      case BoundExpression.Binary binary -> has(binary.left()) || has(binary.right());
      case BoundExpression.Logical logical -> has(logical.left()) || has(logical.right());
      case BoundExpression.Unary unary -> has(unary.operand());
      case BoundExpression.Conditional conditional ->
          has(conditional.condition()) || has(conditional.then()) || has(conditional.otherwise());
      case BoundExpression.Call call ->
          effective.contains(call.function()) || anyHas(call.arguments());
      case BoundExpression.IntrinsicCall call ->
          call.intrinsic().hasEffect() || anyHas(call.arguments());
      case BoundExpression.Print print -> !print.name().asText() || anyHas(print.arguments());
    };
  }
}
