package pytap.stap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import pytap.ir.Type;

/// A function while a script is compiled. One compile owns it.
final class FunctionSymbol {
  private final DeclarationTree.Function declaration;
  private final FileScope file;
  private final String uniqueName;
  private final Optional<FunctionSymbol> nextAlternative;
  private final List<Variable> parameters = new ArrayList<>();
  private final List<Variable> originals = new ArrayList<>();
  private ValueType result = ValueType.UNKNOWN;
  private Optional<Token> resultToken = Optional.empty();
  private Optional<BoundStatement> body = Optional.empty();

  /// @param nextAlternative the overload that `next` goes on with
  FunctionSymbol(
      DeclarationTree.Function declaration,
      FileScope file,
      String uniqueName,
      Optional<FunctionSymbol> nextAlternative) {
    this.declaration = declaration;
    this.file = file;
    this.uniqueName = uniqueName;
    this.nextAlternative = nextAlternative;
    for (DeclarationTree.Parameter parameter : declaration.parameters()) {
      Variable variable = Variable.parameter(parameter.token().text(), parameter.token());
      if (parameter.type().isPresent()) {
        variable.fixType(known(parameter.type().get()), parameter.token());
      }
      parameters.add(variable);
      originals.add(variable);
    }
    if (declaration.result().isPresent()) {
      fixResult(known(declaration.result().get()), declaration.token());
    }
  }

  private static ValueType known(Type type) {
    return type == Type.STRING ? ValueType.STRING : ValueType.LONG;
  }

  DeclarationTree.Function declaration() {
    return declaration;
  }

  FileScope file() {
    return file;
  }

  Token token() {
    return declaration.token();
  }

  /// Its name in the program.
  String uniqueName() {
    return uniqueName;
  }

  Optional<FunctionSymbol> nextAlternative() {
    return nextAlternative;
  }

  List<Variable> parameters() {
    return parameters;
  }

  /// The variables that hold what the function was called with, whatever it does to its parameters:
  /// copies for those that its text assigns to, made when the function begins.
  List<Variable> originalParameters() {
    return originals;
  }

  /// Has `next` pass on copies of the parameters in `assigned`.
  void keepOriginals(Collection<String> assigned) {
    for (int i = 0; i < parameters.size(); i++) {
      Variable parameter = parameters.get(i);
      if (assigned.contains(parameter.name())) {
        originals.set(i, Variable.local(parameter.name() + "#1", parameter.token()));
      }
    }
  }

  ValueType result() {
    return result;
  }

  Optional<Token> resultToken() {
    return resultToken;
  }

  void fixResult(ValueType known, Token at) {
    result = known;
    resultToken = Optional.of(at);
  }

  boolean isBound() {
    return body.isPresent();
  }

  BoundStatement body() {
    return body.orElseThrow(() -> new IllegalStateException(uniqueName + " is not bound"));
  }

  void setBody(BoundStatement bound) {
    body = Optional.of(bound);
  }
}
