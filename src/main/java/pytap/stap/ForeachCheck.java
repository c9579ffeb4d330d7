package pytap.stap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An array must stay as it is while a `foreach` walks over it.
final class ForeachCheck {
  private final Findings findings;
  private final Map<FunctionSymbol, Set<Variable>> changes = new HashMap<>();
  private final List<Variable> walked = new ArrayList<>();

  private ForeachCheck(Findings findings) {
    this.findings = findings;
  }

  static void check(BoundScript script, Findings findings) {
    ForeachCheck check = new ForeachCheck(findings);
    for (FunctionSymbol function : script.functions()) {
      check.statement(function.body());
    }
    for (BoundScript.BoundProbe probe : script.probes()) {
      check.statement(probe.body());
    }
  }

  private void statement(BoundStatement statement) {
    switch (statement) {
      case BoundStatement.Block block -> {
        for (BoundStatement inner : block.statements()) {
          statement(inner);
        }
      }
      case BoundStatement.If branch -> {
        expression(branch.condition());
        statement(branch.then());
        statement(branch.otherwise());
      }
      case BoundStatement.Loop loop -> {
        expression(loop.condition());
        loop.step().ifPresent(this::expression);
        statement(loop.body());
      }
      case BoundStatement.Foreach foreach -> {
        foreach.limit().ifPresent(this::expression);
        present(foreach.slice());
        walked.add(foreach.array());
        statement(foreach.body());
        walked.removeLast();
      }
      case BoundStatement.ForeachBucket foreach -> {
        foreach.limit().ifPresent(this::expression);
        walked.add(foreach.statistic().variable());
        statement(foreach.body());
        walked.removeLast();
      }
      case BoundStatement.Try attempt -> {
        statement(attempt.body());
        statement(attempt.handler());
      }
      case BoundStatement.Fail _ -> {}
      case BoundStatement.DeleteSlice delete -> {
        changed(delete.array(), delete.arrayToken());
        present(delete.keys());
      }
      case BoundStatement.Evaluate evaluate -> expression(evaluate.expression());
      case BoundStatement.Return result -> result.value().ifPresent(this::expression);
      case BoundStatement.DeleteElement delete -> {
        changed(delete.element().variable(), delete.element().token());
        all(delete.element().keys());
      }
      case BoundStatement.DeleteVariable delete ->
          changed(delete.variable(), delete.variableToken());
      case BoundStatement.Next _, BoundStatement.Break _, BoundStatement.Continue _ -> {}
    }
  }

  private void changed(Variable variable, Token token) {
    if (walked.contains(variable)) {
      findings.report(
          StapCode.MODIFIED_DURING_FOREACH,
          "variable '" + variable.name() + "' modified during 'foreach' iteration",
          token,
          "collect the keys in another array and change this one after the loop");
    }
  }

  private void present(List<Optional<BoundExpression>> expressions) {
    for (Optional<BoundExpression> expression : expressions) {
      expression.ifPresent(this::expression);
    }
  }

  private void all(List<BoundExpression> expressions) {
    for (BoundExpression expression : expressions) {
      expression(expression);
    }
  }

  private void expression(BoundExpression expression) {
    if (walked.isEmpty()) {
      return;
    }
    switch (expression) {
      case BoundExpression.Element element -> all(element.keys());
      case BoundExpression.Contains contains -> all(contains.keys());
      case BoundExpression.ContainsSlice contains -> present(contains.keys());
      case BoundExpression.Accumulate accumulate -> {
        changed(accumulate.statistic().variable(), accumulate.statistic().token());
        expression(accumulate.value());
      }
      case BoundExpression.Aggregate aggregate -> expression(aggregate.statistic());
      case BoundExpression.Bucket bucket -> {
        expression(bucket.statistic());
        expression(bucket.index());
      }
      case BoundExpression.HasBucket bucket -> {
        expression(bucket.statistic());
        expression(bucket.index());
      }
      case BoundExpression.PrintHistogram print -> expression(print.statistic());
      case BoundExpression.Match match -> expression(match.text());
      case BoundExpression.Assign assign -> {
        changed(assign.target().variable(), assign.target().token());
        expression(assign.value());
      }
      case BoundExpression.Update update -> {
        changed(update.target().variable(), update.target().token());
        expression(update.operand());
      }
      case BoundExpression.Binary binary -> {
        expression(binary.left());
        expression(binary.right());
      }
      case BoundExpression.Logical logical -> {
        expression(logical.left());
        expression(logical.right());
      }
      case BoundExpression.Unary unary -> expression(unary.operand());
      case BoundExpression.Conditional conditional -> {
        expression(conditional.condition());
        expression(conditional.then());
        expression(conditional.otherwise());
      }
      case BoundExpression.Call call -> {
        call(call);
        all(call.arguments());
      }
      case BoundExpression.IntrinsicCall call -> all(call.arguments());
      case BoundExpression.Print print -> all(print.arguments());
      case BoundExpression.Scalar _,
          BoundExpression.LongConstant _,
          BoundExpression.StringConstant _,
          BoundExpression.MarkerArgument _,
          BoundExpression.ProbeWrites _,
          BoundExpression.Broken _ -> {}
    }
  }

  private void call(BoundExpression.Call call) {
    Set<Variable> changed = changes.get(call.function());
    if (changed == null) {
      changed = new HashSet<>();
      Set<FunctionSymbol> reached = new LinkedHashSet<>(Set.of(call.function()));
      List<FunctionSymbol> pending = new ArrayList<>(reached);
      while (!pending.isEmpty()) {
        Usage usage = new Usage();
        usage.add(pending.removeLast().body());
        changed.addAll(usage.written());
        for (FunctionSymbol callee : usage.callees()) {
          if (reached.add(callee)) {
            pending.add(callee);
          }
        }
      }
      changes.put(call.function(), changed);
    }
    for (Variable variable : walked) {
      if (changed.contains(variable)) {
        findings.report(
            StapCode.MODIFIED_DURING_FOREACH,
            "function call modifies var '" + variable.name() + "' during 'foreach' iteration",
            call.token());
      }
    }
  }
}
