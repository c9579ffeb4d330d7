package pytap.stap;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Leaves out what nobody looks at, as SystemTap does before it checks types: assignments to locals
/// that are never read, expressions without effect, functions that nothing calls, empty handlers.
/// So a handler fetches only the arguments that it uses. The user's own script is warned about.
final class Elider {
  private final ScriptTree script;
  private final Findings findings;
  private boolean changed;

  private Elider(ScriptTree script, Findings findings) {
    this.script = script;
    this.findings = findings;
  }

  static BoundScript elide(BoundScript bound, ScriptTree script, Findings findings) {
    Elider elider = new Elider(script, findings);
    BoundScript current = withoutUncalled(bound);
    elider.warnOfNeverAssigned(current);
    do {
      elider.changed = false;
      current = elider.withoutDeadAssignments(current);
      current = withoutUncalled(elider.withoutDeadExpressions(current));
    } while (elider.changed);
    return elider.withoutEmptyProbes(current);
  }

  /// Whether `token` stands in the script itself, and in no alias: what an alias offers, not every
  /// handler takes.
  private boolean isUsers(Token token) {
    if (!token.span().isIn(script.source())) {
      return false;
    }
    boolean inAlias = false;
    for (DeclarationTree declaration : script.declarations()) {
      if (declaration.token().span().start() <= token.span().start()) {
        inAlias = declaration instanceof DeclarationTree.Alias;
      }
    }
    return !inAlias;
  }

  private static BoundScript withoutUncalled(BoundScript script) {
    Set<FunctionSymbol> called = new LinkedHashSet<>();
    Usage usage = new Usage();
    for (BoundScript.BoundProbe probe : script.probes()) {
      usage.add(probe.condition());
      usage.add(probe.body());
    }
    List<FunctionSymbol> pending = new ArrayList<>(usage.callees());
    while (!pending.isEmpty()) {
      FunctionSymbol function = pending.removeLast();
      if (called.add(function)) {
        pending.addAll(Usage.callees(function.body()));
      }
    }
    List<FunctionSymbol> kept = new ArrayList<>();
    for (FunctionSymbol function : script.functions()) {
      if (called.contains(function)) {
        kept.add(function);
      }
    }
    return new BoundScript(kept, script.probes());
  }

  private void warnOfNeverAssigned(BoundScript bound) {
    Usage all = Usage.of(bound);
    for (FunctionSymbol function : bound.functions()) {
      Usage usage = new Usage();
      usage.add(function.body());
      warnOfNeverAssigned(usage, all);
    }
    for (BoundScript.BoundProbe probe : bound.probes()) {
      Usage usage = new Usage();
      usage.add(probe.body());
      warnOfNeverAssigned(usage, all);
    }
  }

  private void warnOfNeverAssigned(Usage usage, Usage all) {
    for (Variable variable : usage.read()) {
      boolean assigned =
          all.writes(variable)
              || variable.kind() == Variable.Kind.PARAMETER
              || variable.declaration().flatMap(DeclarationTree.Global::initial).isPresent();
      if (assigned || !isUsers(variable.token())) {
        continue;
      }
      TreeSet<String> names = new TreeSet<>();
      for (Variable other : usage.written()) {
        if (Suggestions.distance(variable.name(), other.name()) <= variable.name().length() / 2) {
          names.add(other.name());
        }
      }
      String kind = variable.isGlobal() ? "global" : "local";
      findings.report(
          StapCode.NEVER_ASSIGNED,
          "never-assigned "
              + kind
              + " variable '"
              + variable.name()
              + "'"
              + Suggestions.near("similar", variable.name(), names),
          variable.token());
    }
  }

  /// What a pass does with one statement; `replace` gives what stands in its place.
  private interface Rewrite {
    BoundStatement replace(BoundStatement statement);
  }

  private static BoundScript rewrite(BoundScript script, Rewrite rewrite) {
    for (FunctionSymbol function : script.functions()) {
      function.setBody(rewrite(function.body(), rewrite));
    }
    List<BoundScript.BoundProbe> probes = new ArrayList<>();
    for (BoundScript.BoundProbe probe : script.probes()) {
      BoundStatement body = rewrite(probe.body(), rewrite);
      probes.add(new BoundScript.BoundProbe(probe.probe(), probe.condition(), body));
    }
    return new BoundScript(script.functions(), probes);
  }

  /// Rewrites from the inside out.
  private static BoundStatement rewrite(BoundStatement statement, Rewrite rewrite) {
    return rewrite.replace(
        switch (statement) {
          case BoundStatement.Block block -> {
            List<BoundStatement> statements = new ArrayList<>();
            for (BoundStatement inner : block.statements()) {
              BoundStatement rewritten = rewrite(inner, rewrite);
              if (!isEmpty(rewritten)) {
                statements.add(rewritten);
              }
            }
            yield new BoundStatement.Block(statements, block.token());
          }
          case BoundStatement.If branch ->
              new BoundStatement.If(
                  branch.condition(),
                  rewrite(branch.then(), rewrite),
                  rewrite(branch.otherwise(), rewrite),
                  branch.token());
          case BoundStatement.Loop loop ->
              new BoundStatement.Loop(
                  loop.condition(), loop.step(), rewrite(loop.body(), rewrite), loop.token());
          case BoundStatement.Foreach foreach ->
              new BoundStatement.Foreach(
                  foreach.array(),
                  foreach.arrayToken(),
                  foreach.keys(),
                  foreach.value(),
                  foreach.slice(),
                  foreach.order(),
                  foreach.limit(),
                  rewrite(foreach.body(), rewrite),
                  foreach.token());
          case BoundStatement.ForeachBucket foreach ->
              new BoundStatement.ForeachBucket(
                  foreach.statistic(),
                  foreach.bucket(),
                  foreach.value(),
                  foreach.limit(),
                  rewrite(foreach.body(), rewrite),
                  foreach.token());
          case BoundStatement.Try attempt -> {
            BoundStatement body = rewrite(attempt.body(), rewrite);
            yield isEmpty(body)
                ? body
                : new BoundStatement.Try(
                    body, attempt.message(), rewrite(attempt.handler(), rewrite), attempt.token());
          }
          case BoundStatement.Evaluate _,
              BoundStatement.Fail _,
              BoundStatement.DeleteSlice _,
              BoundStatement.Return _,
              BoundStatement.DeleteElement _,
              BoundStatement.DeleteVariable _,
              BoundStatement.Next _,
              BoundStatement.Break _,
              BoundStatement.Continue _ ->
              statement;
        });
  }

  private static boolean isEmpty(BoundStatement statement) {
    return statement instanceof BoundStatement.Block block && block.statements().isEmpty();
  }

  private BoundScript withoutDeadAssignments(BoundScript bound) {
    Usage usage = Usage.of(bound);
    return rewrite(
        bound,
        statement ->
            statement instanceof BoundStatement.Evaluate evaluate
                ? withoutDeadAssignment(evaluate, usage)
                : statement);
  }

  private BoundStatement withoutDeadAssignment(BoundStatement.Evaluate evaluate, Usage usage) {
    if (!(evaluate.expression() instanceof BoundExpression.Assign assign)) {
      return evaluate;
    }
    Variable variable = assign.target().variable();
    if (variable.isGlobal() || usage.reads(variable)) {
      return evaluate;
    }
    changed = true;
    if (isUsers(assign.token())) {
      findings.report(
          StapCode.ELIDED_ASSIGNMENT,
          "Eliding assignment to '" + variable.name() + "'",
          assign.token());
    }
    return new BoundStatement.Evaluate(assign.value(), evaluate.token());
  }

  private BoundScript withoutDeadExpressions(BoundScript bound) {
    Effects effects = new Effects(bound.functions());
    return rewrite(bound, statement -> withoutDeadExpression(statement, effects));
  }

  private BoundStatement withoutDeadExpression(BoundStatement statement, Effects effects) {
    BoundStatement candidate = statement;
    if (statement instanceof BoundStatement.If branch
        && isEmpty(branch.then())
        && isEmpty(branch.otherwise())) {
      changed = true;
      candidate = new BoundStatement.Evaluate(branch.condition(), branch.token());
    }
    if (!(candidate instanceof BoundStatement.Evaluate evaluate)
        || effects.has(evaluate.expression())
        || assigns(evaluate.expression())) {
      return candidate;
    }
    changed = true;
    if (isUsers(evaluate.token())) {
      findings.report(
          StapCode.ELIDED_EXPRESSION, "Eliding side-effect-free expression ", evaluate.token());
    }
    return BoundStatement.Block.empty(evaluate.token());
  }

  private static boolean assigns(BoundExpression expression) {
    Usage usage = new Usage();
    usage.add(expression);
    return !usage.written().isEmpty();
  }

  private BoundScript withoutEmptyProbes(BoundScript bound) {
    List<BoundScript.BoundProbe> kept = new ArrayList<>();
    for (BoundScript.BoundProbe probe : bound.probes()) {
      if (!isEmpty(probe.body())) {
        kept.add(probe);
      } else if (isUsers(probe.probe().keyword())) {
        String name = probe.probe().point().components().getFirst().name();
        findings.report(
            StapCode.ELIDED_PROBE, "Probe '" + name + "' has been elided", probe.probe().keyword());
      }
    }
    return new BoundScript(bound.functions(), kept);
  }
}
