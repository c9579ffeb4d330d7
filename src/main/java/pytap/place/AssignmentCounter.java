package pytap.place;

import java.util.Map;
import pytap.ir.Children;
import pytap.ir.Expr;
import pytap.ir.Local;
import pytap.ir.Stmt;
import pytap.ir.Target;

/// Counts how often each local of a handler is given a value; a `foreach` gives its locals values
/// many times.
final class AssignmentCounter {
  private final Map<Local, Integer> counts;

  AssignmentCounter(Map<Local, Integer> counts) {
    this.counts = counts;
  }

  void visit(Stmt statement) {
    if (statement instanceof Stmt.Foreach each) {
      each.keys().forEach(key -> counts.merge(key, 2, Integer::sum));
      each.value().ifPresent(value -> counts.merge(value, 2, Integer::sum));
    } else if (statement instanceof Stmt.ForeachBucket each) {
      counts.merge(each.bucket(), 2, Integer::sum);
      each.value().ifPresent(value -> counts.merge(value, 2, Integer::sum));
    } else if (statement instanceof Stmt.Try attempt
        && attempt.message().isPresent()
        && attempt.message().get() instanceof Target.OfLocal(Local local)) {
      counts.merge(local, 1, Integer::sum);
    } else if (statement instanceof Stmt.DeleteTarget(Target.OfLocal(Local local), _)) {
      counts.merge(local, 1, Integer::sum);
    }
    Children.expressions(statement).forEach(this::visit);
    Children.statements(statement).forEach(this::visit);
  }

  private void visit(Expr expression) {
    if (expression instanceof Expr.Assign(Target.OfLocal(Local local), _, _)) {
      counts.merge(local, 1, Integer::sum);
    } else if (expression instanceof Expr.Update update
        && update.target() instanceof Target.OfLocal(Local local)) {
      counts.merge(local, 1, Integer::sum);
    }
    Children.of(expression).forEach(this::visit);
  }
}
