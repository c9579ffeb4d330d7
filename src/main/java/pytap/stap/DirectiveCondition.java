package pytap.stap;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The condition of a `%( … %?`: comparisons joined by `&&` and `||` (which binds looser).
///
/// `arch` is `x86_64`, `runtime` is `kernel`, `systemtap_v` is the version whose behaviour pytap
/// has; two numbers compare as numbers, anything else as text.
final class DirectiveCondition {
  private final List<Token> tokens;
  private final Token end;
  private int at;

  DirectiveCondition(List<Token> tokens, Token end) {
    this.tokens = tokens;
    this.end = end;
  }

  boolean evaluate() throws SyntaxException {
    boolean result = conjunction();
    while (peek().isOperator("||")) {
      at++;
      result |= conjunction();
    }
    if (at < tokens.size()) {
      throw broken("expected '%?'");
    }
    return result;
  }

  private boolean conjunction() throws SyntaxException {
    boolean result = comparison();
    while (peek().isOperator("&&")) {
      at++;
      result &= comparison();
    }
    return result;
  }

  private boolean comparison() throws SyntaxException {
    Token left = operand();
    Token operator = peek();
    at++;
    int order = compare(left, operand());
    return switch (operator.text()) {
      case "==" -> order == 0;
      case "!=" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw broken("expected a comparison in a preprocessor condition");
    };
  }

  private Token operand() throws SyntaxException {
    Token token = peek();
    at++;
    return switch (token.kind()) {
      case NUMBER, STRING -> token;
      case IDENTIFIER -> new Token(Token.Kind.STRING, known(token), token.span());
      case MISSING_ARGUMENT, JUNK, BROKEN_DIRECTIVE -> throw broken(token.text());
      case KEYWORD, OPERATOR, EMBEDDED_CODE, END ->
          throw broken("expected a name, a number or a string in a preprocessor condition");
    };
  }

  private static String known(Token name) throws SyntaxException {
    return switch (name.text()) {
      case "arch" -> "x86_64";
      case "runtime" -> "kernel";
      case "systemtap_v" -> "4.8";
      case "systemtap_privilege" -> "stapdev";
      case "guru_mode" -> "0";
      default ->
          throw SyntaxException.at(
              StapCode.MALFORMED_DIRECTIVE,
              "preprocessor condition on '" + name.text() + "' is not supported yet",
              name);
    };
  }

  private static int compare(Token left, Token right) {
    OptionalLong first = Literals.number(left.text());
    OptionalLong second = Literals.number(right.text());
    boolean numbers = left.kind() == Token.Kind.NUMBER || right.kind() == Token.Kind.NUMBER;
    if (numbers && first.isPresent() && second.isPresent()) {
      return Long.compare(first.getAsLong(), second.getAsLong());
    }
    return left.text().compareTo(right.text());
  }

  private Token peek() {
    return at < tokens.size() ? tokens.get(at) : end;
  }

  private SyntaxException broken(String message) {
    return SyntaxException.at(StapCode.MALFORMED_DIRECTIVE, message, peek(), Optional.empty());
  }
}
