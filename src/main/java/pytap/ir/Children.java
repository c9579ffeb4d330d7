package pytap.ir;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The direct parts of expressions and statements, in the order of evaluation, so that a walk names
/// only the kinds it cares for.
public final class Children {
  private Children() {}

  /// The expressions directly inside `expression`.
  public static List<Expr> of(Expr expression) {
    return switch (expression) {
      case Expr.LongConstant constant -> List.of();
      case Expr.StringConstant constant -> List.of();
      case Expr.LocalRead read -> List.of();
      case Expr.GlobalRead read -> List.of();
      case Expr.MarkerArgument argument -> List.of();
      case Expr.ElementRead read -> read.keys();
      case Expr.Contains contains -> contains.keys();
      case Expr.ContainsSlice contains -> present(contains.keys());
      case Expr.Accumulate accumulate -> join(keys(accumulate.statistic()), accumulate.value());
      case Expr.Aggregate aggregate -> keys(aggregate.statistic());
      case Expr.Bucket bucket -> join(keys(bucket.statistic()), bucket.index());
      case Expr.HasBucket bucket -> join(keys(bucket.statistic()), bucket.index());
      case Expr.HistogramText text -> keys(text.statistic());
      case Expr.Match match -> List.of(match.text());
      case Expr.Assign assign -> join(keys(assign.target()), assign.value());
      case Expr.Update update -> join(keys(update.target()), update.operand());
      case Expr.Binary binary -> List.of(binary.left(), binary.right());
      case Expr.Logical logical -> List.of(logical.left(), logical.right());
      case Expr.Unary unary -> List.of(unary.operand());
      case Expr.Conditional choice ->
          List.of(choice.condition(), choice.then(), choice.otherwise());
      case Expr.Call call -> call.arguments();
      case Expr.IntrinsicCall call -> call.arguments();
      case Expr.Format format -> format.arguments();
    };
  }

  /// The expressions directly inside `statement`, not those of statements inside it.
  public static List<Expr> expressions(Stmt statement) {
    return switch (statement) {
      case Stmt.Evaluate evaluate -> List.of(evaluate.expression());
      case Stmt.Print print -> print.arguments();
      case Stmt.If branch -> List.of(branch.condition());
      case Stmt.Loop loop -> join(List.of(loop.condition()), loop.step());
      case Stmt.Foreach each -> join(present(each.slice()), each.limit());
      case Stmt.ForeachBucket each -> join(keys(each.statistic()), each.limit());
      case Stmt.PrintHistogram print -> keys(print.statistic());
      case Stmt.Try attempt -> attempt.message().map(Children::keys).orElse(List.of());
      case Stmt.Fail fail -> List.of();
      case Stmt.DeleteSlice delete -> present(delete.keys());
      case Stmt.Return leave -> join(List.of(), leave.value());
      case Stmt.DeleteTarget delete -> keys(delete.target());
      case Stmt.Block block -> List.of();
      case Stmt.DeleteAll all -> List.of();
      case Stmt.Next next -> List.of();
      case Stmt.Break leave -> List.of();
      case Stmt.Continue again -> List.of();
    };
  }

  /// The statements directly inside `statement`.
  public static List<Stmt> statements(Stmt statement) {
    return switch (statement) {
      case Stmt.Block block -> block.statements();
      case Stmt.If branch ->
          branch
              .otherwise()
              .map(otherwise -> List.of(branch.then(), otherwise))
              .orElseGet(() -> List.of(branch.then()));
      case Stmt.Loop loop -> List.of(loop.body());
      case Stmt.Foreach each -> List.of(each.body());
      case Stmt.ForeachBucket each -> List.of(each.body());
      case Stmt.Try attempt -> List.of(attempt.body(), attempt.handler());
      case Stmt.PrintHistogram print -> List.of();
      case Stmt.Fail fail -> List.of();
      case Stmt.DeleteSlice delete -> List.of();
      case Stmt.Evaluate evaluate -> List.of();
      case Stmt.Print print -> List.of();
      case Stmt.Return leave -> List.of();
      case Stmt.DeleteTarget delete -> List.of();
      case Stmt.DeleteAll all -> List.of();
      case Stmt.Next next -> List.of();
      case Stmt.Break leave -> List.of();
      case Stmt.Continue again -> List.of();
    };
  }

  private static List<Expr> keys(Target target) {
    return target instanceof Target.OfElement element ? element.keys() : List.of();
  }

  private static List<Expr> present(List<Optional<Expr>> keys) {
    return keys.stream().flatMap(Optional::stream).toList();
  }

  private static List<Expr> join(List<Expr> first, Expr last) {
    return Stream.concat(first.stream(), Stream.of(last)).toList();
  }

  private static List<Expr> join(List<Expr> first, Optional<Expr> last) {
    return Stream.concat(first.stream(), last.stream()).toList();
  }
}
