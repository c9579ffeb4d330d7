package pytap.stap;

import java.util.List;
import java.util.Optional;

/// Variable names to variables, with SystemTap's rules of arity: a name that is no global and
/// stands without keys is a local, made by its first use; arrays are always global; how many keys a
/// global has, its first use says.
final class Names {
  private final Library library;
  private final HandlerScope scope;
  private final Findings findings;

  Names(Library library, HandlerScope scope, Findings findings) {
    this.library = library;
    this.scope = scope;
    this.findings = findings;
  }

  /// The scalar called `name`; empty where it is an array, which is then said.
  Optional<Variable> scalar(String name, Token token) {
    Optional<Variable> found = find(name);
    if (found.isPresent()) {
      return fitted(found.get(), 0, token);
    }
    if (scope.inCondition()) {
      findings.report(
          StapCode.LOCAL_IN_CONDITION,
          "probe condition must not reference undeclared global",
          token,
          "declare it: global " + name);
      return Optional.empty();
    }
    return Optional.of(scope.declareLocal(name, token));
  }

  /// The array of `keys` keys called `name`; empty where there is none, which is then said.
  Optional<Variable> array(String name, int keys, Token token) {
    Optional<Variable> found = find(name);
    if (found.isPresent() && found.get().isGlobal()) {
      return fitted(found.get(), keys, token);
    }
    findings.report(
        StapCode.UNRESOLVED_ARRAY,
        "unresolved arity-" + keys + " global array " + name + ", missing global declaration?",
        token,
        "write this outside the probes: global " + name);
    return Optional.empty();
  }

  /// The variable called `name`, whatever its arity.
  Optional<Variable> find(String name) {
    Optional<Variable> local = scope.local(name);
    return local.isPresent() ? local : library.global(scope.file(), name);
  }

  private Optional<Variable> fitted(Variable variable, int keys, Token token) {
    boolean sized = variable.declaration().filter(it -> it.size().isPresent()).isPresent();
    if (keys == 0 && sized) {
      findings.report(StapCode.INCONSISTENT_ARITY, "inconsistent arity", variable.token());
      return Optional.empty();
    }
    if (variable.arity() == Variable.UNKNOWN_ARITY) {
      variable.fixArity(keys, token);
    }
    if (variable.arity() == keys) {
      return Optional.of(variable);
    }
    findings.report(
        StapCode.INCONSISTENT_ARITY,
        "inconsistent arity (" + variable.arity() + " vs " + keys + ")",
        token,
        Optional.empty(),
        List.of(
            Findings.note(
                StapCode.INCONSISTENT_ARITY,
                "arity " + variable.arity() + " first inferred here",
                variable.arityToken().orElse(variable.token()))));
    return Optional.empty();
  }
}
