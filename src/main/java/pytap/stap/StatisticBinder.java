package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.ir.AggregateFunction;
import pytap.ir.Aggregation;
import pytap.ir.Histogram;

/// Binds what has to do with statistics. A statistic is a global or an element of a global array;
/// it has one histogram at most, and one bit shift.
final class StatisticBinder {
  private static final int MOST_BIT_SHIFT = 62;

  private final ExpressionBinder expressions;
  private final Findings findings;

  StatisticBinder(ExpressionBinder expressions, Findings findings) {
    this.expressions = expressions;
    this.findings = findings;
  }

  BoundExpression accumulate(ExpressionTree.Assignment assignment) {
    Optional<BoundExpression.Place> place = place(assignment.left(), assignment.token());
    BoundExpression value = expressions.bind(assignment.right());
    return place.isPresent()
        ? new BoundExpression.Accumulate(place.get(), value, assignment.token())
        : new BoundExpression.Broken(assignment.token());
  }

  /// `@count(x)` and its like, or a bucket of a histogram.
  BoundExpression bind(ExpressionTree.Statistic tree) {
    Token token = tree.token();
    Optional<AggregateFunction> function = function(token.text());
    if (function.isPresent()) {
      Optional<BoundExpression.Place> place = place(tree.operand(), token);
      if (place.isEmpty()) {
        return new BoundExpression.Broken(token);
      }
      if (!tree.parameters().isEmpty()) {
        shift(place.get().variable(), parameter(tree, 0), token);
      }
      return new BoundExpression.Aggregate(function.get(), place.get(), token);
    }
    Optional<BoundExpression.Place> place = histogram(tree);
    if (tree.bucket().isEmpty()) {
      findings.report(
          StapCode.MISPLACED_STATISTIC,
          "a histogram has no value of its own",
          token,
          "print it alone, index it: " + token.text() + "(x)[0], or walk over it with foreach");
      return new BoundExpression.Broken(token);
    }
    BoundExpression index = expressions.bind(tree.bucket().get());
    return place.isPresent()
        ? new BoundExpression.Bucket(place.get(), index, token)
        : new BoundExpression.Broken(token);
  }

  /// The function that `symbol`, such as `@count`, stands for; empty for a histogram.
  static Optional<AggregateFunction> function(String symbol) {
    for (AggregateFunction function : AggregateFunction.values()) {
      if (function.symbol().equals(symbol)) {
        return Optional.of(function);
      }
    }
    return Optional.empty();
  }

  /// `index in @hist_log(x)`
  BoundExpression contains(ExpressionTree.Statistic tree, List<Optional<ExpressionTree>> keys) {
    Optional<BoundExpression.Place> place = histogram(tree);
    if (keys.size() != 1 || keys.getFirst().isEmpty()) {
      findings.report(
          StapCode.INCONSISTENT_ARITY,
          "a histogram has one index, not " + keys.size(),
          tree.token());
      return new BoundExpression.Broken(tree.token());
    }
    BoundExpression index = expressions.bind(keys.getFirst().get());
    return place.isPresent()
        ? new BoundExpression.HasBucket(place.get(), index, tree.token())
        : new BoundExpression.Broken(tree.token());
  }

  /// `print(@hist_log(x))`
  BoundExpression print(ExpressionTree.Print print, ExpressionTree.Statistic tree) {
    Optional<BoundExpression.Place> place = histogram(tree);
    return place.isPresent()
        ? new BoundExpression.PrintHistogram(print.name(), place.get(), print.token())
        : new BoundExpression.Broken(print.token());
  }

  /// The statistic whose histogram `tree` names; empty where that is none, which is then said.
  Optional<BoundExpression.Place> histogram(ExpressionTree.Statistic tree) {
    Optional<BoundExpression.Place> place = place(tree.operand(), tree.token());
    if (place.isPresent()) {
      Histogram wanted =
          tree.parameters().isEmpty()
              ? new Histogram.Log()
              : new Histogram.Linear(parameter(tree, 0), parameter(tree, 1), parameter(tree, 2));
      declare(place.get().variable(), wanted, tree.token());
    }
    return place;
  }

  private static long parameter(ExpressionTree.Statistic tree, int index) {
    if (tree.parameters().get(index) instanceof ExpressionTree.LongLiteral number) {
      return number.value();
    }
    throw new IllegalStateException("the parser lets numbers pass only");
  }

  private void declare(Variable variable, Histogram wanted, Token token) {
    Aggregation known = variable.aggregation();
    if (known.histogram().isPresent() && !known.histogram().get().equals(wanted)) {
      findings.report(
          StapCode.STATISTIC_PARAMETERS,
          "multiple histogram types declared on '__global_" + variable.name() + "'",
          token);
      return;
    }
    variable.setAggregation(new Aggregation(Optional.of(wanted), known.bitShift()));
  }

  private void shift(Variable variable, long bits, Token token) {
    Aggregation known = variable.aggregation();
    if (bits < 0 || bits > MOST_BIT_SHIFT) {
      findings.report(
          StapCode.STATISTIC_PARAMETERS,
          "bit shift (" + bits + ") out of range <0.." + MOST_BIT_SHIFT + ">",
          token);
    } else if (known.bitShift() != 0 && known.bitShift() != bits) {
      findings.report(
          StapCode.STATISTIC_PARAMETERS,
          "multiple bit shifts declared on '__global_" + variable.name() + "'",
          token);
    } else {
      variable.setAggregation(new Aggregation(known.histogram(), (int) bits));
    }
  }

  /// What `tree` names; empty where it is no global, which is then said.
  private Optional<BoundExpression.Place> place(ExpressionTree tree, Token operator) {
    if (tree instanceof ExpressionTree.Symbol symbol && !isGlobal(symbol.name())) {
      findings.report(
          StapCode.MISPLACED_STATISTIC,
          "statistics must be global",
          symbol.token(),
          "write this outside the probes: global " + symbol.name());
      return Optional.empty();
    }
    BoundExpression bound = expressions.bind(tree);
    if (bound instanceof BoundExpression.Place place) {
      return Optional.of(place);
    }
    if (!(bound instanceof BoundExpression.Broken)) {
      findings.report(
          StapCode.MISPLACED_STATISTIC,
          "expected a statistic",
          operator,
          "statistics are globals and elements of global arrays: x <<< 1");
    }
    return Optional.empty();
  }

  private boolean isGlobal(String name) {
    Optional<Variable> found = expressions.names().find(name);
    return found.isPresent() && found.get().isGlobal();
  }
}
