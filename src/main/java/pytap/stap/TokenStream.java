package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.source.SourceText;
import pytap.source.Span;

/// The tokens of one file as the parser reads them. Errors stand, as in SystemTap, at the token
/// that was looked at last.
final class TokenStream {
  /// How deep parentheses, blocks and the like may nest; keeps every later pass off the stack's
  /// end.
  private static final int MAX_NESTING = 200;

  private final List<Token> tokens;
  private final Token end;
  private Optional<SyntaxException> broken;
  private int at;
  private int nesting;
  private Token lastSeen;

  /// @param broken what is wrong behind the last token
  TokenStream(SourceText source, List<Token> tokens, Optional<SyntaxException> broken) {
    this.tokens = tokens;
    this.broken = broken;
    int length = source.text().length();
    this.end = new Token(Token.Kind.END, "", new Span(source, length, length));
    this.lastSeen = end;
  }

  /// The next token, which stays; an [Token.Kind#END] where there is none.
  Token peek() throws SyntaxException {
    Token token = peekRaw();
    if (at >= tokens.size() && broken.isPresent()) {
      SyntaxException said = broken.get();
      broken = Optional.empty();
      throw said;
    }
    switch (token.kind()) {
      case JUNK -> throw broken(StapCode.MALFORMED_TOKEN, token, junkHint(token));
      case MISSING_ARGUMENT ->
          throw broken(
              StapCode.ARGUMENT_OUT_OF_RANGE,
              token,
              Optional.of("give the script's arguments after its name on the command line"));
      case IDENTIFIER, KEYWORD, OPERATOR, STRING, NUMBER, EMBEDDED_CODE, END -> {}
    }
    lastSeen = token;
    return token;
  }

  private static SyntaxException broken(StapCode code, Token token, Optional<String> hint) {
    return SyntaxException.at(code, token.text(), token, hint);
  }

  private static Optional<String> junkHint(Token junk) {
    return junk.text().startsWith("Could not find matching closing quote")
        ? Optional.of("a string ends on its line; write \\n for a newline")
        : Optional.empty();
  }

  private Token peekRaw() {
    return at < tokens.size() ? tokens.get(at) : end;
  }

  boolean atEnd() {
    return at >= tokens.size() && broken.isEmpty();
  }

  /// Takes the next token.
  Token next() throws SyntaxException {
    Token token = peek();
    if (token.kind() == Token.Kind.END) {
      throw SyntaxException.at(StapCode.UNEXPECTED_TOKEN, "unexpected end-of-file", token);
    }
    at++;
    return token;
  }

  boolean peekOperator(String operator) throws SyntaxException {
    return peek().isOperator(operator);
  }

  boolean peekKeyword(String keyword) throws SyntaxException {
    return peek().isKeyword(keyword);
  }

  /// Takes the operator if it is next.
  boolean accept(String operator) throws SyntaxException {
    if (!peekOperator(operator)) {
      return false;
    }
    at++;
    return true;
  }

  boolean acceptKeyword(String keyword) throws SyntaxException {
    if (!peekKeyword(keyword)) {
      return false;
    }
    at++;
    return true;
  }

  Token expect(String operator) throws SyntaxException {
    Token token = next();
    if (!token.isOperator(operator)) {
      throw unexpected("expected '" + operator + "'");
    }
    return token;
  }

  Token expectKeyword(String keyword) throws SyntaxException {
    Token token = next();
    if (!token.isKeyword(keyword)) {
      throw unexpected("expected '" + keyword + "'");
    }
    return token;
  }

  Token expectIdentifier() throws SyntaxException {
    Token token = next();
    if (token.kind() != Token.Kind.IDENTIFIER) {
      throw unexpected("expected identifier");
    }
    return token;
  }

  SyntaxException unexpected(String message) {
    return SyntaxException.at(StapCode.UNEXPECTED_TOKEN, message, lastSeen);
  }

  SyntaxException unexpected(String message, String hint) {
    return SyntaxException.at(StapCode.UNEXPECTED_TOKEN, message, lastSeen, Optional.of(hint));
  }

  SyntaxException failure(StapCode code, String message) {
    return SyntaxException.at(code, message, lastSeen);
  }

  /// Goes one level deeper; every call is paired with [#leave].
  void enter() throws SyntaxException {
    if (++nesting > MAX_NESTING) {
      throw SyntaxException.at(
          StapCode.NESTED_TOO_DEEP,
          "nested more than " + MAX_NESTING + " levels deep",
          lastSeen,
          Optional.of("move the inner part to a function"));
    }
  }

  void leave() {
    nesting--;
  }

  /// After an error: moves to the next token that can begin a declaration.
  void recover() {
    nesting = 0;
    while (at < tokens.size() && !beginsDeclaration(tokens.get(at))) {
      at++;
    }
  }

  private static boolean beginsDeclaration(Token token) {
    return token.isKeyword("probe")
        || token.isKeyword("global")
        || token.isKeyword("private")
        || token.isKeyword("function");
  }
}
