package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The grammar of statements.
final class StatementParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final boolean inFunction;

  StatementParser(TokenStream tokens, ExpressionParser expressions, boolean inFunction) {
    this.tokens = tokens;
    this.expressions = expressions;
    this.inFunction = inFunction;
  }

  StatementTree.Block block() throws SyntaxException {
    Token token = tokens.peek();
    if (!token.isOperator("{")) {
      throw tokens.unexpected("expected '{'");
    }
    tokens.next();
    tokens.enter();
    List<StatementTree> statements = new ArrayList<>();
    while (!tokens.accept("}")) {
      statements.add(statement());
    }
    tokens.leave();
    return new StatementTree.Block(token, statements);
  }

  private StatementTree statement() throws SyntaxException {
    tokens.enter();
    Token token = tokens.peek();
    StatementTree statement =
        switch (token.kind()) {
          case KEYWORD -> keyword(token);
          case OPERATOR -> operator(token);
          case IDENTIFIER, NUMBER, STRING -> expression(token);
          case EMBEDDED_CODE -> throw embeddedCode(token);
          case JUNK, MISSING_ARGUMENT, END -> throw tokens.unexpected("expected statement");
        };
    if (isSimple(statement)) {
      tokens.accept(";"); // belongs to the statement, so that an else can follow
    }
    tokens.leave();
    return statement;
  }

  private static boolean isSimple(StatementTree statement) {
    return statement instanceof StatementTree.Expression
        || statement instanceof StatementTree.Return
        || statement instanceof StatementTree.Delete
        || statement instanceof StatementTree.Next
        || statement instanceof StatementTree.Break
        || statement instanceof StatementTree.Continue;
  }

  static SyntaxException embeddedCode(Token token) {
    return SyntaxException.at(
        StapCode.EMBEDDED_CODE,
        "embedded code is C for the kernel, which pytap does not run",
        token,
        Optional.of("write it in the script language, or call a library function"));
  }

  private StatementTree operator(Token token) throws SyntaxException {
    return switch (token.text()) {
      case "{" -> block();
      case ";" -> {
        tokens.next();
        yield new StatementTree.Empty(token);
      }
      case "}", ")" -> throw tokens.unexpected("expected statement");
      default -> expression(token);
    };
  }

  private StatementTree expression(Token token) throws SyntaxException {
    return new StatementTree.Expression(token, expressions.expression());
  }

  private StatementTree keyword(Token token) throws SyntaxException {
    return switch (token.text()) {
      case "if" -> ifStatement();
      case "while" -> {
        tokens.next();
        tokens.expect("(");
        ExpressionTree condition = expressions.expression();
        tokens.expect(")");
        yield new StatementTree.While(token, condition, statement());
      }
      case "for" -> forLoop();
      case "foreach" -> foreach();
      case "return" -> returnStatement();
      case "delete" -> {
        tokens.next();
        yield new StatementTree.Delete(token, expressions.expression());
      }
      case "next" -> new StatementTree.Next(tokens.next());
      case "break" -> new StatementTree.Break(tokens.next());
      case "continue" -> new StatementTree.Continue(tokens.next());
      case "try" -> tryStatement();
      default ->
          throw tokens.unexpected(
              "expected statement", "'" + token.text() + "' is a keyword and cannot be a name");
    };
  }

  private StatementTree ifStatement() throws SyntaxException {
    Token token = tokens.next();
    tokens.expect("(");
    ExpressionTree condition = expressions.expression();
    tokens.expect(")");
    StatementTree then = statement();
    Optional<StatementTree> otherwise =
        tokens.acceptKeyword("else") ? Optional.of(statement()) : Optional.empty();
    return new StatementTree.If(token, condition, then, otherwise);
  }

  private StatementTree forLoop() throws SyntaxException {
    Token token = tokens.next();
    tokens.expect("(");
    Optional<ExpressionTree> initial = upTo(";");
    Optional<ExpressionTree> condition = upTo(";");
    Optional<ExpressionTree> step = upTo(")");
    return new StatementTree.For(token, initial, condition, step, statement());
  }

  private Optional<ExpressionTree> upTo(String end) throws SyntaxException {
    if (tokens.accept(end)) {
      return Optional.empty();
    }
    ExpressionTree expression = expressions.expression();
    tokens.expect(end);
    return Optional.of(expression);
  }

  private StatementTree foreach() throws SyntaxException {
    Token token = tokens.next();
    tokens.expect("(");
    Optional<Token> value = Optional.empty();
    List<Token> keys = new ArrayList<>();
    Optional<StatementTree.Sort> sort = Optional.empty();
    boolean listed = tokens.accept("[");
    if (!listed) {
      Token name = tokens.expectIdentifier();
      if (tokens.accept("=")) {
        value = Optional.of(name);
        listed = tokens.accept("[");
      } else {
        keys.add(name);
        sort = direction(0, sort);
      }
    }
    if (keys.isEmpty()) {
      do {
        keys.add(tokens.expectIdentifier());
        sort = direction(keys.size() - 1, sort);
      } while (listed && tokens.accept(","));
      if (listed && !tokens.accept("]")) {
        throw tokens.unexpected("expected ',' or ']'");
      }
    }
    tokens.expectKeyword("in");
    return foreachOver(token, value, keys, sort);
  }

  private StatementTree foreachOver(
      Token token, Optional<Token> value, List<Token> keys, Optional<StatementTree.Sort> keySort)
      throws SyntaxException {
    ExpressionTree array = expressions.indexable();
    List<Optional<ExpressionTree>> slice = expressions.slice();
    Optional<Token> aggregate = Optional.empty();
    Token next = tokens.peek();
    if (next.kind() == Token.Kind.OPERATOR && next.text().startsWith("@")) {
      aggregate = Optional.of(tokens.next());
      if (!isStatistic(next.text())) {
        throw tokens.unexpected("expected statistical operation");
      }
    }
    Optional<StatementTree.Sort> sort = direction(-1, keySort);
    if (aggregate.isPresent()) {
      if (sort.isEmpty()) {
        throw tokens.unexpected("expected sort directive");
      }
      sort = Optional.of(new StatementTree.Sort(-1, sort.get().descending(), aggregate));
    }
    Optional<ExpressionTree> limit =
        tokens.acceptKeyword("limit") ? Optional.of(expressions.expression()) : Optional.empty();
    tokens.expect(")");
    return new StatementTree.Foreach(token, value, keys, array, slice, sort, limit, statement());
  }

  private static boolean isStatistic(String operator) {
    return switch (operator) {
      case "@avg", "@count", "@sum", "@min", "@max", "@variance" -> true;
      default -> false;
    };
  }

  /// `+` or `-` behind a key or an array.
  private Optional<StatementTree.Sort> direction(int key, Optional<StatementTree.Sort> before)
      throws SyntaxException {
    Token token = tokens.peek();
    if (!token.isOperator("+") && !token.isOperator("-")) {
      return before;
    }
    tokens.next();
    if (before.isPresent()) {
      throw SyntaxException.at(
          StapCode.MULTIPLE_SORT_DIRECTIVES,
          "multiple sort directives",
          token,
          Optional.of("sort by one key, or by the value: foreach ([a, b] in c-)"));
    }
    return Optional.of(new StatementTree.Sort(key, token.isOperator("-"), Optional.empty()));
  }

  private StatementTree returnStatement() throws SyntaxException {
    Token token = tokens.next();
    if (!inFunction) {
      throw SyntaxException.at(
          StapCode.RETURN_OUTSIDE_FUNCTION,
          "found 'return' not in function context",
          token,
          Optional.of("'next' leaves a probe"));
    }
    boolean bare = tokens.peekOperator(";") || tokens.peekOperator("}");
    Optional<ExpressionTree> value =
        bare ? Optional.empty() : Optional.of(expressions.expression());
    return new StatementTree.Return(token, value);
  }

  private StatementTree tryStatement() throws SyntaxException {
    Token token = tokens.next();
    StatementTree body = block();
    tokens.expectKeyword("catch");
    Optional<Token> message = Optional.empty();
    if (tokens.accept("(")) {
      message = Optional.of(tokens.expectIdentifier());
      tokens.expect(")");
    }
    return new StatementTree.Try(token, body, message, block());
  }
}
