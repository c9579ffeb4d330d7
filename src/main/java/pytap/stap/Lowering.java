package pytap.stap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import pytap.ir.Expr;
import pytap.ir.Function;
import pytap.ir.Global;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Stmt;
import pytap.ir.Type;
import pytap.source.SourceText;

/// A typed script to the program.
final class Lowering {
  private final Map<Variable, Global> globals = new LinkedHashMap<>();

  private final Map<Variable, Expr> initials;
  private final Set<Variable> written = new HashSet<>();

  private Lowering(Map<Variable, Expr> initials) {
    this.initials = initials;
  }

  /// @param user what the user wrote; of globals declared elsewhere none is printed at the end
  /// @param globals those that the script uses, in the order of their declarations
  /// @param initials values of globals that come before those of their declarations
  static Program lower(
      BoundScript script, SourceText user, Set<Variable> globals, Map<Variable, Expr> initials) {
    Lowering lowering = new Lowering(initials);
    lowering.globals(globals, Usage.of(script), user);
    for (BoundScript.BoundProbe probe : script.probes()) {
      Usage usage = new Usage();
      usage.add(probe.body());
      lowering.written.addAll(usage.written());
    }
    List<Function> functions = new ArrayList<>();
    for (FunctionSymbol function : script.functions()) {
      functions.add(lowering.function(function));
    }
    List<Probe> probes = new ArrayList<>();
    for (BoundScript.BoundProbe probe : script.probes()) {
      probes.add(lowering.probe(probe, probes.size()));
    }
    return new Program(new ArrayList<>(lowering.globals.values()), functions, probes);
  }

  static Type type(ValueType type) {
    return switch (type) {
      case LONG -> Type.LONG;
      case STRING -> Type.STRING;
      case STATISTIC -> Type.STATISTIC;
      case UNKNOWN -> Type.VOID;
    };
  }

  private void globals(Set<Variable> variables, Usage usage, SourceText user) {
    Set<String> names = new HashSet<>();
    for (Variable variable : variables) {
      String name = variable.name();
      for (int i = 2; !names.add(name); i++) {
        name = variable.name() + "#" + i;
      }
      boolean unread = !usage.looksAt(variable) && variable.token().span().isIn(user);
      globals.put(variable, global(variable, name, unread));
    }
  }

  private Global global(Variable variable, String name, boolean unread) {
    List<Type> keyTypes = new ArrayList<>();
    for (int i = 0; i < variable.arity(); i++) {
      keyTypes.add(type(variable.keyType(i)));
    }
    Optional<DeclarationTree.Global> declaration = variable.declaration();
    boolean isArray = variable.arity() > 0;
    return new Global(
        globals.size(),
        name,
        type(variable.type()),
        keyTypes,
        isArray && declaration.isPresent() ? declaration.get().size() : OptionalInt.empty(),
        isArray && declaration.isPresent() && declaration.get().wrap(),
        Optional.ofNullable(initials.get(variable))
            .or(() -> declaration.flatMap(DeclarationTree.Global::initial).map(Lowering::constant)),
        unread,
        variable.aggregation(),
        variable.token().span());
  }

  private static Expr constant(ExpressionTree literal) {
    return switch (literal) {
      case ExpressionTree.StringLiteral text ->
          new Expr.StringConstant(text.value(), text.token().span());
      case ExpressionTree.LongLiteral number ->
          new Expr.LongConstant(number.value(), number.token().span());
      case ExpressionTree other ->
          throw new IllegalStateException("no literal: " + other.getClass().getSimpleName());
    };
  }

  private Function function(FunctionSymbol function) {
    HandlerLowering body = new HandlerLowering(globals, written);
    for (Variable parameter : function.parameters()) {
      body.local(parameter);
    }
    Stmt lowered = body.statement(function.body());
    return new Function(
        function.uniqueName(),
        function.parameters().size(),
        type(function.result()),
        body.locals(),
        lowered,
        function.token().span());
  }

  private Probe probe(BoundScript.BoundProbe bound, int index) {
    HandlerLowering body = new HandlerLowering(globals, written);
    DerivedProbe probe = bound.probe();
    Optional<Expr> condition = bound.condition().map(body::expression);
    Stmt lowered = body.statement(bound.body());
    return new Probe(
        index,
        probe.occasion(),
        probe.point().toProbePoint(),
        probe.written().toProbePoint(),
        condition,
        body.locals(),
        lowered,
        probe.written().token().span());
  }
}
