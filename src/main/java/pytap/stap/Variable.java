package pytap.stap;

import java.util.Optional;
import pytap.ir.Aggregation;

/// A variable while a script is compiled: what is known of it grows from pass to pass. One compile
/// owns it.
final class Variable {
  enum Kind {
    LOCAL,
    PARAMETER,
    GLOBAL
  }

  static final int UNKNOWN_ARITY = -1;

  private final Kind kind;
  private final String name;
  private final Token token;
  private final Optional<DeclarationTree.Global> declaration;
  private int arity = UNKNOWN_ARITY;
  private Optional<Token> arityToken = Optional.empty();
  private ValueType type = ValueType.UNKNOWN;
  private Optional<Token> typeToken = Optional.empty();
  private ValueType[] keyTypes = {};
  private Aggregation aggregation = Aggregation.PLAIN;

  private Variable(
      Kind kind, String name, Token token, Optional<DeclarationTree.Global> declaration) {
    this.kind = kind;
    this.name = name;
    this.token = token;
    this.declaration = declaration;
  }

  static Variable local(String name, Token token) {
    Variable variable = new Variable(Kind.LOCAL, name, token, Optional.empty());
    variable.arity = 0;
    return variable;
  }

  static Variable parameter(String name, Token token) {
    Variable variable = new Variable(Kind.PARAMETER, name, token, Optional.empty());
    variable.arity = 0;
    return variable;
  }

  static Variable global(DeclarationTree.Global declaration) {
    Variable variable =
        new Variable(
            Kind.GLOBAL, declaration.name(), declaration.token(), Optional.of(declaration));
    if (declaration.initial().isPresent()) {
      variable.fixArity(0, declaration.token());
      boolean text = declaration.initial().get() instanceof ExpressionTree.StringLiteral;
      variable.fixType(text ? ValueType.STRING : ValueType.LONG, declaration.token());
    }
    return variable;
  }

  Kind kind() {
    return kind;
  }

  boolean isGlobal() {
    return kind == Kind.GLOBAL;
  }

  String name() {
    return name;
  }

  /// Where it is declared, or first used.
  Token token() {
    return token;
  }

  /// Of a global.
  Optional<DeclarationTree.Global> declaration() {
    return declaration;
  }

  /// How many keys; [#UNKNOWN_ARITY] until a use shows it.
  int arity() {
    return arity;
  }

  /// The use that showed the arity.
  Optional<Token> arityToken() {
    return arityToken;
  }

  void fixArity(int keys, Token at) {
    arity = keys;
    arityToken = Optional.of(at);
    keyTypes = new ValueType[keys];
    for (int i = 0; i < keys; i++) {
      keyTypes[i] = ValueType.UNKNOWN;
    }
  }

  ValueType type() {
    return type;
  }

  /// The use that showed the type.
  Optional<Token> typeToken() {
    return typeToken;
  }

  void fixType(ValueType known, Token at) {
    type = known;
    typeToken = Optional.of(at);
  }

  /// What a statistic keeps.
  Aggregation aggregation() {
    return aggregation;
  }

  void setAggregation(Aggregation known) {
    aggregation = known;
  }

  ValueType keyType(int index) {
    return keyTypes[index];
  }

  void fixKeyType(int index, ValueType known) {
    keyTypes[index] = known;
  }
}
