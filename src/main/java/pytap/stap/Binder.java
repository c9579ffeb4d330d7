package pytap.stap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.ir.Intrinsic;
import pytap.ir.Intrinsics;

/// Names to what they mean, for every function and handler of a script. Of tapsets, only what
/// something in the script reaches is looked at.
final class Binder {
  private final Library library;
  private final Findings findings;
  private final List<FunctionSymbol> functions = new ArrayList<>();
  private final List<BoundScript.BoundProbe> probes = new ArrayList<>();

  private Binder(Library library, Findings findings) {
    this.library = library;
    this.findings = findings;
  }

  static BoundScript bind(Library library, Findings findings) {
    Binder binder = new Binder(library, findings);
    for (List<FunctionSymbol> sameName : library.script().functions().values()) {
      for (FunctionSymbol function : sameName) {
        binder.function(function);
      }
    }
    binder.probesOf(library.script());
    for (int i = 0; i < library.used().size(); i++) {
      binder.probesOf(library.used().get(i));
    }
    return new BoundScript(binder.functions, binder.probes);
  }

  private void function(FunctionSymbol function) {
    if (function.isBound()) {
      return;
    }
    function.setBody(BoundStatement.Block.empty(function.token())); // for calls of itself
    HandlerScope scope = HandlerScope.ofFunction(function);
    BoundStatement body =
        new StatementBinder(library, scope, findings).bind(function.declaration().body());
    if (function.nextAlternative().isPresent() && assignsParameter(function, body)) {
      body = withOriginals(function, body);
    }
    function.setBody(body);
    functions.add(function);
    reached(body);
    function.nextAlternative().ifPresent(this::function);
  }

  private static boolean assignsParameter(FunctionSymbol function, BoundStatement body) {
    Usage usage = new Usage();
    usage.add(body);
    for (Variable parameter : function.parameters()) {
      if (usage.writes(parameter)) {
        return true;
      }
    }
    return false;
  }

  /// A function that changes its parameters and may go on with another overload: binds it again, so
  /// that `next` passes on what the function was called with.
  private BoundStatement withOriginals(FunctionSymbol function, BoundStatement first) {
    Usage usage = new Usage();
    usage.add(first);
    Set<String> assigned = new HashSet<>();
    for (Variable parameter : function.parameters()) {
      if (usage.writes(parameter)) {
        assigned.add(parameter.name());
      }
    }
    function.keepOriginals(assigned);
    List<BoundStatement> statements = new ArrayList<>();
    Token token = function.token();
    for (int i = 0; i < function.parameters().size(); i++) {
      Variable parameter = function.parameters().get(i);
      Variable original = function.originalParameters().get(i);
      if (parameter != original) {
        BoundExpression read = new BoundExpression.Scalar(parameter, token);
        BoundExpression.Place copy = new BoundExpression.Scalar(original, token);
        BoundExpression assign = new BoundExpression.Assign(copy, read, token);
        statements.add(new BoundStatement.Evaluate(assign, token));
      }
    }
    HandlerScope scope = HandlerScope.ofFunction(function);
    Findings said = new Findings(); // the first time around it was
    statements.add(new StatementBinder(library, scope, said).bind(function.declaration().body()));
    return new BoundStatement.Block(statements, token);
  }

  /// Binds the functions that `body` calls.
  private void reached(BoundStatement body) {
    for (FunctionSymbol callee : Usage.callees(body)) {
      function(callee);
    }
  }

  private void probesOf(FileScope file) {
    for (DeclarationTree.Probe probe : file.probes()) {
      for (DerivedProbe derived : ProbeExpander.expand(probe, file, library, findings)) {
        probe(derived, file);
      }
    }
  }

  private void probe(DerivedProbe derived, FileScope file) {
    HandlerScope scope = HandlerScope.ofProbe(derived, file);
    StatementBinder binder = new StatementBinder(library, scope, findings);
    Optional<BoundExpression> condition = Optional.empty();
    for (DerivedProbe.ConditionPart part : derived.conditions()) {
      scope.enterFile(part.file());
      BoundExpression bound = binder.condition(part.condition());
      condition =
          Optional.of(
              condition.isEmpty()
                  ? bound
                  : new BoundExpression.Logical(true, condition.get(), bound, bound.token()));
    }
    List<BoundStatement> statements = new ArrayList<>();
    for (DerivedProbe.Part part : derived.parts()) {
      scope.enterFile(part.file());
      statements.add(binder.bind(part.body()));
    }
    if (derived.exits()) {
      statements.add(exit(derived.keyword()));
    }
    BoundStatement body =
        statements.size() == 1
            ? statements.getFirst()
            : new BoundStatement.Block(statements, derived.keyword());
    reached(body);
    if (condition.isPresent()) {
      reached(new BoundStatement.Evaluate(condition.get(), derived.keyword()));
    }
    probes.add(new BoundScript.BoundProbe(derived, condition, body));
  }

  private static BoundStatement exit(Token token) {
    for (Intrinsic intrinsic : Intrinsics.all()) {
      if (intrinsic.name().equals("exit")) {
        return new BoundStatement.Evaluate(
            new BoundExpression.IntrinsicCall(intrinsic, List.of(), token), token);
      }
    }
    throw new IllegalStateException("no exit() among the intrinsics");
  }
}
