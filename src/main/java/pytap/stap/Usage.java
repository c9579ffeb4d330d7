package pytap.stap;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which variables code reads and writes, and which functions it calls. `x++` and `x += 1` do both,
/// as SystemTap has it; as a statement they look at no value, so that a global which is only
/// counted up is printed at the end.
final class Usage {
  private final Set<Variable> read = new LinkedHashSet<>();
  private final Set<Variable> lookedAt = new LinkedHashSet<>();
  private final Set<Variable> written = new LinkedHashSet<>();
  private final Set<FunctionSymbol> callees = new LinkedHashSet<>();

  static Set<FunctionSymbol> callees(BoundStatement statement) {
    Usage usage = new Usage();
    usage.add(statement);
    return usage.callees;
  }

  static Usage of(BoundScript script) {
    Usage usage = new Usage();
    for (FunctionSymbol function : script.functions()) {
      usage.add(function.body());
    }
    for (BoundScript.BoundProbe probe : script.probes()) {
      usage.add(probe.condition());
      usage.add(probe.body());
    }
    return usage;
  }

  boolean reads(Variable variable) {
    return read.contains(variable);
  }

  /// Whether anything comes of the value of `variable`, other than its next value.
  boolean looksAt(Variable variable) {
    return lookedAt.contains(variable);
  }

  boolean writes(Variable variable) {
    return written.contains(variable);
  }

  Set<Variable> all() {
    Set<Variable> all = new LinkedHashSet<>(read);
    all.addAll(written);
    return all;
  }

  Set<Variable> read() {
    return read;
  }

  Set<Variable> written() {
    return written;
  }

  Set<FunctionSymbol> callees() {
    return callees;
  }

  void add(Optional<BoundExpression> expression) {
    if (expression.isPresent()) {
      add(expression.get());
    }
  }

  void add(BoundStatement statement) {
    switch (statement) {
      case BoundStatement.Block block -> {
        for (BoundStatement inner : block.statements()) {
          add(inner);
        }
      }
      case BoundStatement.Evaluate evaluate -> addStatement(evaluate.expression());
      case BoundStatement.If branch -> {
        add(branch.condition());
        add(branch.then());
        add(branch.otherwise());
      }
      case BoundStatement.Loop loop -> {
        add(loop.condition());
        loop.step().ifPresent(this::addStatement);
        add(loop.body());
      }
      case BoundStatement.Foreach foreach -> {
        lookAt(foreach.array());
        written.addAll(foreach.keys());
        foreach.value().ifPresent(written::add);
        addPresent(foreach.slice());
        add(foreach.limit());
        add(foreach.body());
      }
      case BoundStatement.ForeachBucket foreach -> {
        add(foreach.statistic());
        written.add(foreach.bucket());
        foreach.value().ifPresent(written::add);
        add(foreach.limit());
        add(foreach.body());
      }
      case BoundStatement.Try attempt -> {
        add(attempt.body());
        attempt.message().ifPresent(message -> written.add(message.variable()));
        add(attempt.handler());
      }
      case BoundStatement.Fail _ -> {}
      case BoundStatement.DeleteSlice delete -> {
        written.add(delete.array());
        addPresent(delete.keys());
      }
      case BoundStatement.Return result -> add(result.value());
      case BoundStatement.DeleteElement delete -> {
        written.add(delete.element().variable());
        addAll(delete.element().keys());
      }
      case BoundStatement.DeleteVariable delete -> written.add(delete.variable());
      case BoundStatement.Next _, BoundStatement.Break _, BoundStatement.Continue _ -> {}
    }
  }

  private void addStatement(BoundExpression expression) {
    if (expression instanceof BoundExpression.Update update) {
      addUpdate(update);
    } else {
      add(expression);
    }
  }

  private void addUpdate(BoundExpression.Update update) {
    read.add(update.target().variable());
    addTarget(update.target());
    add(update.operand());
  }

  private void lookAt(Variable variable) {
    read.add(variable);
    lookedAt.add(variable);
  }

  private void addTarget(BoundExpression.Place place) {
    written.add(place.variable());
    if (place instanceof BoundExpression.Element element) {
      addAll(element.keys());
    }
  }

  private void addPresent(List<Optional<BoundExpression>> keys) {
    for (Optional<BoundExpression> key : keys) {
      add(key);
    }
  }

  private void addAll(List<BoundExpression> expressions) {
    for (BoundExpression expression : expressions) {
      add(expression);
    }
  }

  void add(BoundExpression expression) {
    switch (expression) {
      case BoundExpression.Scalar scalar -> lookAt(scalar.variable());
      case BoundExpression.Element element -> {
        lookAt(element.variable());
        addAll(element.keys());
      }
      case BoundExpression.Contains contains -> {
        lookAt(contains.array());
        addAll(contains.keys());
      }
      case BoundExpression.ContainsSlice contains -> {
        lookAt(contains.array());
        addPresent(contains.keys());
      }
      case BoundExpression.Accumulate accumulate -> {
        addTarget(accumulate.statistic());
        add(accumulate.value());
      }
      case BoundExpression.Aggregate aggregate -> add(aggregate.statistic());
      case BoundExpression.Bucket bucket -> {
        add(bucket.statistic());
        add(bucket.index());
      }
      case BoundExpression.HasBucket bucket -> {
        add(bucket.statistic());
        add(bucket.index());
      }
      case BoundExpression.PrintHistogram print -> add(print.statistic());
      case BoundExpression.Match match -> add(match.text());
      case BoundExpression.Assign assign -> {
        addTarget(assign.target());
        add(assign.value());
      }
      case BoundExpression.Update update -> {
        lookAt(update.target().variable());
        addUpdate(update);
      }
      case BoundExpression.Binary binary -> {
        add(binary.left());
        add(binary.right());
      }
      case BoundExpression.Logical logical -> {
        add(logical.left());
        add(logical.right());
      }
      case BoundExpression.Unary unary -> add(unary.operand());
      case BoundExpression.Conditional conditional -> {
        add(conditional.condition());
        add(conditional.then());
        add(conditional.otherwise());
      }
      case BoundExpression.Call call -> {
        callees.add(call.function());
        addAll(call.arguments());
      }
      case BoundExpression.IntrinsicCall call -> addAll(call.arguments());
      case BoundExpression.Print print -> addAll(print.arguments());
      case BoundExpression.LongConstant _,
          BoundExpression.StringConstant _,
          BoundExpression.MarkerArgument _,
          BoundExpression.ProbeWrites _,
          BoundExpression.Broken _ -> {}
    }
  }
}
