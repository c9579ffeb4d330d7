package pytap.place;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.ir.Expr;
import pytap.ir.Local;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Stmt;
import pytap.ir.Target;

/// Sees through locals that only rename what the target side can take: in
///
/// ```
/// p = $arg1
/// println(user_string(p))
/// ```
///
/// the text is captured as if the script said `user_string($arg1)`. Applies to a local that is
/// assigned exactly once, by a statement that every later statement of the handler follows.
final class Renaming {
  private final Map<Local, Expr> meanings = new HashMap<>();

  private Renaming() {}

  static Program seeThrough(Program program) {
    List<Probe> probes = new ArrayList<>();
    for (Probe probe : program.probes()) {
      probes.add(new Renaming().rewrite(probe));
    }
    return new Program(program.globals(), program.functions(), probes);
  }

  private Probe rewrite(Probe probe) {
    Map<Local, Integer> assignments = new HashMap<>();
    new AssignmentCounter(assignments).visit(probe.body());
    return new Probe(
        probe.index(),
        probe.occasion(),
        probe.point(),
        probe.written(),
        probe.condition(),
        probe.locals(),
        topLevel(probe.body(), assignments),
        probe.span());
  }

  /// Rewrites statement by statement, so that a meaning is known only behind its assignment.
  private Stmt topLevel(Stmt body, Map<Local, Integer> assignments) {
    if (!(body instanceof Stmt.Block(List<Stmt> statements, var span))) {
      return rewrite(body);
    }
    List<Stmt> rewritten = new ArrayList<>();
    for (Stmt statement : statements) {
      if (statement instanceof Stmt.Block) {
        rewritten.add(topLevel(statement, assignments));
        continue;
      }
      Stmt now = rewrite(statement);
      rewritten.add(now);
      if (now instanceof Stmt.Evaluate(Expr.Assign(Target.OfLocal(Local local), Expr value, _), _)
          && assignments.getOrDefault(local, 0) == 1
          && Taken.of(value).isPresent()) {
        meanings.put(local, value);
      }
    }
    return new Stmt.Block(rewritten, span);
  }

  private Stmt rewrite(Stmt statement) {
    return switch (statement) {
      case Stmt.Block block ->
          new Stmt.Block(block.statements().stream().map(this::rewrite).toList(), block.span());
      case Stmt.Evaluate evaluate ->
          new Stmt.Evaluate(rewrite(evaluate.expression()), evaluate.span());
      case Stmt.Print print ->
          new Stmt.Print(print.pieces(), rewrite(print.arguments()), print.span());
      case Stmt.If branch ->
          new Stmt.If(
              rewrite(branch.condition()),
              rewrite(branch.then()),
              branch.otherwise().map(this::rewrite),
              branch.span());
      case Stmt.Loop loop ->
          new Stmt.Loop(
              rewrite(loop.condition()),
              loop.step().map(this::rewrite),
              rewrite(loop.body()),
              loop.span());
      case Stmt.Foreach each ->
          new Stmt.Foreach(
              each.array(),
              each.keys(),
              each.value(),
              rewriteSlice(each.slice()),
              each.order(),
              each.limit().map(this::rewrite),
              rewrite(each.body()),
              each.span());
      case Stmt.ForeachBucket each ->
          new Stmt.ForeachBucket(
              rewrite(each.statistic()),
              each.bucket(),
              each.value(),
              each.limit().map(this::rewrite),
              rewrite(each.body()),
              each.span());
      case Stmt.PrintHistogram print ->
          new Stmt.PrintHistogram(rewrite(print.statistic()), print.newline(), print.span());
      case Stmt.Try attempt ->
          new Stmt.Try(
              rewrite(attempt.body()),
              attempt.message().map(this::rewrite),
              rewrite(attempt.handler()),
              attempt.span());
      case Stmt.Fail fail -> fail;
      case Stmt.DeleteSlice delete ->
          new Stmt.DeleteSlice(delete.array(), rewriteSlice(delete.keys()), delete.span());
      case Stmt.Return leave -> new Stmt.Return(leave.value().map(this::rewrite), leave.span());
      case Stmt.DeleteTarget delete ->
          new Stmt.DeleteTarget(rewrite(delete.target()), delete.span());
      case Stmt.DeleteAll all -> all;
      case Stmt.Next next -> next;
      case Stmt.Break leave -> leave;
      case Stmt.Continue again -> again;
    };
  }

  private List<Expr> rewrite(List<Expr> expressions) {
    return expressions.stream().map(this::rewrite).toList();
  }

  private List<Optional<Expr>> rewriteSlice(List<Optional<Expr>> keys) {
    return keys.stream().map(key -> key.map(this::rewrite)).toList();
  }

  private Target rewrite(Target target) {
    return target instanceof Target.OfElement element
        ? new Target.OfElement(element.array(), rewrite(element.keys()))
        : target;
  }

  private Expr rewrite(Expr expression) {
    return switch (expression) {
      case Expr.LocalRead read -> Optional.ofNullable(meanings.get(read.local())).orElse(read);
      case Expr.LongConstant constant -> constant;
      case Expr.StringConstant constant -> constant;
      case Expr.GlobalRead read -> read;
      case Expr.MarkerArgument argument -> argument;
      case Expr.ElementRead read ->
          new Expr.ElementRead(read.array(), rewrite(read.keys()), read.span());
      case Expr.Contains contains ->
          new Expr.Contains(contains.array(), rewrite(contains.keys()), contains.span());
      case Expr.ContainsSlice contains ->
          new Expr.ContainsSlice(contains.array(), rewriteSlice(contains.keys()), contains.span());
      case Expr.Accumulate accumulate ->
          new Expr.Accumulate(
              rewrite(accumulate.statistic()), rewrite(accumulate.value()), accumulate.span());
      case Expr.Aggregate aggregate ->
          new Expr.Aggregate(
              aggregate.function(), rewrite(aggregate.statistic()), aggregate.span());
      case Expr.Bucket bucket ->
          new Expr.Bucket(rewrite(bucket.statistic()), rewrite(bucket.index()), bucket.span());
      case Expr.HasBucket bucket ->
          new Expr.HasBucket(rewrite(bucket.statistic()), rewrite(bucket.index()), bucket.span());
      case Expr.HistogramText text ->
          new Expr.HistogramText(rewrite(text.statistic()), text.newline(), text.span());
      case Expr.Match match ->
          new Expr.Match(rewrite(match.text()), match.pattern(), match.negated(), match.span());
      case Expr.Assign assign ->
          new Expr.Assign(rewrite(assign.target()), rewrite(assign.value()), assign.span());
      case Expr.Update update ->
          new Expr.Update(
              rewrite(update.target()),
              update.operator(),
              rewrite(update.operand()),
              update.yieldsOld(),
              update.span());
      case Expr.Binary binary ->
          new Expr.Binary(
              binary.operator(), rewrite(binary.left()), rewrite(binary.right()), binary.span());
      case Expr.Logical logical ->
          new Expr.Logical(
              logical.conjunction(),
              rewrite(logical.left()),
              rewrite(logical.right()),
              logical.span());
      case Expr.Unary unary ->
          new Expr.Unary(unary.operator(), rewrite(unary.operand()), unary.span());
      case Expr.Conditional conditional ->
          new Expr.Conditional(
              rewrite(conditional.condition()),
              rewrite(conditional.then()),
              rewrite(conditional.otherwise()),
              conditional.span());
      case Expr.Call call ->
          new Expr.Call(call.function(), call.type(), rewrite(call.arguments()), call.span());
      case Expr.IntrinsicCall call ->
          new Expr.IntrinsicCall(call.intrinsic(), rewrite(call.arguments()), call.span());
      case Expr.Format format ->
          new Expr.Format(format.pieces(), rewrite(format.arguments()), format.span());
    };
  }
}
