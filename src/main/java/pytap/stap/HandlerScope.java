package pytap.stap;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import pytap.probe.Occasion;

/// The names inside one function or one derived probe while its body is bound. Alias bodies and the
/// handler share their locals.
final class HandlerScope {
  private final Optional<FunctionSymbol> function;
  private final Optional<Occasion> occasion;
  private final Map<String, Variable> locals = new LinkedHashMap<>();
  private FileScope file;
  private int loops;
  private boolean inCondition;

  private HandlerScope(
      Optional<FunctionSymbol> function, Optional<Occasion> occasion, FileScope file) {
    this.function = function;
    this.occasion = occasion;
    this.file = file;
  }

  static HandlerScope ofFunction(FunctionSymbol function) {
    HandlerScope scope = new HandlerScope(Optional.of(function), Optional.empty(), function.file());
    for (Variable parameter : function.parameters()) {
      scope.locals.put(parameter.name(), parameter);
    }
    return scope;
  }

  static HandlerScope ofProbe(DerivedProbe probe, FileScope file) {
    return new HandlerScope(Optional.empty(), Optional.of(probe.occasion()), file);
  }

  Optional<FunctionSymbol> function() {
    return function;
  }

  /// The marker the handler stands on, if it stands on one.
  Optional<Occasion.Marker> marker() {
    return occasion.isPresent() && occasion.get() instanceof Occasion.Marker marker
        ? Optional.of(marker)
        : Optional.empty();
  }

  /// The function the handler stands on, if it stands on one.
  Optional<Occasion.Function> nativeFunction() {
    return occasion.isPresent() && occasion.get() instanceof Occasion.Function function
        ? Optional.of(function)
        : Optional.empty();
  }

  FileScope file() {
    return file;
  }

  /// The following code stands in `next`.
  void enterFile(FileScope next) {
    file = next;
  }

  Optional<Variable> local(String name) {
    return Optional.ofNullable(locals.get(name));
  }

  Variable declareLocal(String name, Token token) {
    Variable variable = Variable.local(name, token);
    locals.put(name, variable);
    return variable;
  }

  boolean inLoop() {
    return loops > 0;
  }

  void enterLoop() {
    loops++;
  }

  void leaveLoop() {
    loops--;
  }

  /// Whether the condition of a probe point is being bound.
  boolean inCondition() {
    return inCondition;
  }

  void setInCondition(boolean now) {
    inCondition = now;
  }
}
