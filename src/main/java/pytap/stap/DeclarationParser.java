package pytap.stap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.ir.Type;
import pytap.probe.ProbePoint;

/// The grammar of declarations: `probe`, `global`, `function`, `private`.
final class DeclarationParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;

  /// By their names, whether they are private.
  private final Map<String, Boolean> globals = new HashMap<>();

  DeclarationParser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  /// Reads one declaration; `global a, b` adds two.
  void declaration(List<DeclarationTree> into) throws SyntaxException {
    Token token = tokens.peek();
    boolean isPrivate = tokens.acceptKeyword("private");
    if (tokens.peekKeyword("global")) {
      globals(isPrivate, into);
    } else if (tokens.peekKeyword("function")) {
      into.add(function(isPrivate));
    } else if (!isPrivate && token.isKeyword("probe")) {
      into.add(probe());
    } else if (token.kind() == Token.Kind.EMBEDDED_CODE) {
      tokens.next();
      throw StatementParser.embeddedCode(token);
    } else {
      throw tokens.unexpected(
          isPrivate
              ? "expected 'global' or 'function'"
              : "expected 'probe', 'global', 'private', 'function', or '%{'");
    }
  }

  private void globals(boolean isPrivate, List<DeclarationTree> into) throws SyntaxException {
    tokens.next();
    do {
      Token name = tokens.expectIdentifier();
      Boolean before = globals.putIfAbsent(name.text(), isPrivate);
      if (before != null) {
        throw tokens.unexpected(
            before == isPrivate
                ? "duplicate global name"
                : "global versus private variable declaration conflict");
      }
      boolean wrap = tokens.accept("%");
      OptionalInt size = OptionalInt.empty();
      if (tokens.accept("[")) {
        size = OptionalInt.of(size());
        tokens.expect("]");
      }
      wrap |= tokens.accept("%");
      if (size.isPresent() && tokens.accept("=")) {
        throw tokens.unexpected("only scalar globals can be initialized");
      }
      Optional<ExpressionTree> initial =
          tokens.accept("=") ? Optional.of(Literals.parse(tokens)) : Optional.empty();
      into.add(new DeclarationTree.Global(name, isPrivate, size, wrap, initial));
    } while (tokens.accept(","));
    if (!tokens.atEnd()) {
      tokens.accept(";");
    }
  }

  private int size() throws SyntaxException {
    long size = Literals.number(tokens);
    if (size <= 0 || size > Integer.MAX_VALUE) {
      throw tokens.unexpected("array size out of range");
    }
    return (int) size;
  }

  private DeclarationTree.Function function(boolean isPrivate) throws SyntaxException {
    tokens.next();
    Token name = tokens.next();
    if (name.kind() != Token.Kind.IDENTIFIER) {
      throw tokens.unexpected("expected identifier");
    }
    Optional<Type> result = type();
    tokens.expect("(");
    List<DeclarationTree.Parameter> parameters = parameters();
    Optional<Long> priority =
        tokens.accept(":") ? Optional.of(Literals.number(tokens)) : Optional.empty();
    Token body = tokens.peek();
    if (body.kind() == Token.Kind.EMBEDDED_CODE) {
      tokens.next();
      throw StatementParser.embeddedCode(body);
    }
    StatementTree block = new StatementParser(tokens, expressions, true).block();
    return new DeclarationTree.Function(name, isPrivate, result, parameters, priority, block);
  }

  /// Parameters up to and including the `)`.
  private List<DeclarationTree.Parameter> parameters() throws SyntaxException {
    List<DeclarationTree.Parameter> parameters = new ArrayList<>();
    if (tokens.accept(")")) {
      return parameters;
    }
    do {
      Token name = tokens.expectIdentifier();
      if (parameters.stream().anyMatch(other -> other.token().text().equals(name.text()))) {
        throw tokens.unexpected("duplicate parameter names");
      }
      parameters.add(new DeclarationTree.Parameter(name, type()));
    } while (tokens.accept(","));
    if (!tokens.accept(")")) {
      throw tokens.unexpected("expected ',' or ')'");
    }
    return parameters;
  }

  private Optional<Type> type() throws SyntaxException {
    if (!tokens.accept(":")) {
      return Optional.empty();
    }
    Token token = tokens.next();
    if (token.isKeyword("long")) {
      return Optional.of(Type.LONG);
    }
    if (token.isKeyword("string")) {
      return Optional.of(Type.STRING);
    }
    throw tokens.unexpected("expected 'string' or 'long'");
  }

  private DeclarationTree probe() throws SyntaxException {
    Token token = tokens.next();
    List<DeclarationTree.Point> names = new ArrayList<>();
    List<DeclarationTree.Point> points = points();
    boolean epilogue = false;
    while (tokens.peekOperator("=") || tokens.peekOperator("+=")) {
      epilogue |= tokens.peekOperator("+=");
      for (DeclarationTree.Point point : points) {
        if (point.optional() || point.sufficient()) {
          throw SyntaxException.at(
              StapCode.MALFORMED_ALIAS,
              "probe point alias name cannot be optional nor sufficient",
              point.token());
        }
      }
      tokens.next();
      names.addAll(points);
      points = points();
    }
    if (!names.isEmpty()) {
      return new DeclarationTree.Alias(token, names, points, epilogue, probeBody());
    }
    return new DeclarationTree.Probe(token, points, probeBody());
  }

  private StatementTree probeBody() throws SyntaxException {
    if (!tokens.peekOperator("{")) {
      throw tokens.unexpected(
          "expected one of '. , ( ? ! { = +='", "a handler stands in braces: probe begin { ... }");
    }
    return new StatementParser(tokens, expressions, false).block();
  }

  private List<DeclarationTree.Point> points() throws SyntaxException {
    List<DeclarationTree.Point> points = new ArrayList<>();
    do {
      point(points);
    } while (tokens.accept(","));
    return points;
  }

  private void point(List<DeclarationTree.Point> into) throws SyntaxException {
    List<List<DeclarationTree.Component>> paths = paths();
    boolean sufficient = tokens.accept("!");
    boolean optional = !sufficient && tokens.accept("?");
    Optional<ExpressionTree> condition = Optional.empty();
    if (tokens.acceptKeyword("if")) {
      tokens.expect("(");
      condition = Optional.of(expressions.expression());
      tokens.expect(")");
    }
    for (List<DeclarationTree.Component> path : paths) {
      into.add(new DeclarationTree.Point(path, optional, sufficient, condition));
    }
  }

  /// Components joined by dots; a group in braces multiplies them.
  private List<List<DeclarationTree.Component>> paths() throws SyntaxException {
    tokens.enter();
    List<List<DeclarationTree.Component>> paths = List.of(List.of());
    do {
      List<List<DeclarationTree.Component>> tails = new ArrayList<>();
      if (tokens.accept("{")) {
        do {
          tails.addAll(paths());
        } while (tokens.accept(","));
        tokens.expect("}");
      } else {
        tails.add(List.of(component()));
      }
      paths = joined(paths, tails);
    } while (tokens.accept("."));
    tokens.leave();
    return paths;
  }

  private List<List<DeclarationTree.Component>> joined(
      List<List<DeclarationTree.Component>> heads, List<List<DeclarationTree.Component>> tails)
      throws SyntaxException {
    if ((long) heads.size() * tails.size() > 1000) {
      throw tokens.failure(StapCode.NESTED_TOO_DEEP, "more than 1000 probe points in braces");
    }
    List<List<DeclarationTree.Component>> joined = new ArrayList<>();
    for (List<DeclarationTree.Component> head : heads) {
      for (List<DeclarationTree.Component> tail : tails) {
        List<DeclarationTree.Component> path = new ArrayList<>(head);
        path.addAll(tail);
        joined.add(path);
      }
    }
    return joined;
  }

  private DeclarationTree.Component component() throws SyntaxException {
    Token first = tokens.peek();
    if (!isNamePart(first)) {
      throw tokens.unexpected("expected identifier or '*' or '{'");
    }
    StringBuilder name = new StringBuilder();
    int end = first.span().start();
    Token token = first;
    while (isNamePart(token) && token.span().start() == end) {
      name.append(token.text());
      end = token.span().end();
      tokens.next();
      token = tokens.peek();
    }
    Optional<ProbePoint.Literal> argument = Optional.empty();
    if (tokens.accept("(")) {
      argument = Optional.of(literal(Literals.parse(tokens)));
      tokens.expect(")");
    }
    return new DeclarationTree.Component(first, name.toString(), argument);
  }

  private static boolean isNamePart(Token token) {
    return token.kind() == Token.Kind.IDENTIFIER
        || (token.kind() == Token.Kind.KEYWORD && !token.text().equals("if"))
        || token.isOperator("*");
  }

  private static ProbePoint.Literal literal(ExpressionTree literal) {
    if (literal instanceof ExpressionTree.StringLiteral text) {
      return new ProbePoint.Literal.Text(text.value());
    }
    if (literal instanceof ExpressionTree.LongLiteral number) {
      return new ProbePoint.Literal.Number(number.value());
    }
    throw new IllegalStateException("a literal is no " + literal.getClass().getSimpleName());
  }
}
