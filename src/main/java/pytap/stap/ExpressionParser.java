package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The grammar of expressions, loosest first:
///
/// ```
/// = += -= *= /= %= <<= >>= &= ^= |= .= <<<    right to left
/// ?:
/// ||    &&    |    ^    &
/// in
/// < > <= >= == != =~ !~
/// << >> >>>
/// .
/// + -
/// * / %
/// unary + - ! ~ & ++ --
/// ```
///
/// Comparison binds tighter than `&`, unlike in C.
final class ExpressionParser {
  private static final int IN_LEVEL = 6;

  /// Operators of one level in a row make a tree as deep as the row is long.
  private static final int MAX_CHAIN = 500;

  private static final Set<String> ASSIGNMENTS =
      Set.of(
          "=", "<<<", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", ">>>=", "&=", "^=", "|=", ".=");

  private final TokenStream tokens;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  ExpressionTree expression() throws SyntaxException {
    tokens.enter();
    ExpressionTree left = conditional();
    Token token = tokens.peek();
    if (token.kind() == Token.Kind.OPERATOR && ASSIGNMENTS.contains(token.text())) {
      tokens.next();
      left = new ExpressionTree.Assignment(token, left, expression());
    }
    tokens.leave();
    return left;
  }

  private ExpressionTree conditional() throws SyntaxException {
    ExpressionTree condition = binary(1);
    Token token = tokens.peek();
    if (!token.isOperator("?")) {
      return condition;
    }
    tokens.next();
    ExpressionTree then = expression();
    tokens.expect(":");
    return new ExpressionTree.Conditional(token, condition, then, expression());
  }

  /// How tightly a binary operator binds; 0 for any other token.
  private static int level(Token token) {
    if (token.isKeyword("in")) {
      return IN_LEVEL;
    }
    if (token.kind() != Token.Kind.OPERATOR) {
      return 0;
    }
    return switch (token.text()) {
      case "||" -> 1;
      case "&&" -> 2;
      case "|" -> 3;
      case "^" -> 4;
      case "&" -> 5;
      case "<", ">", "<=", ">=", "==", "!=", "=~", "!~" -> 7;
      case "<<", ">>", ">>>" -> 8;
      case "." -> 9;
      case "+", "-" -> 10;
      case "*", "/", "%" -> 11;
      default -> 0;
    };
  }

  private ExpressionTree binary(int loosest) throws SyntaxException {
    ExpressionTree left = loosest <= IN_LEVEL && tokens.peekOperator("[") ? membership() : unary();
    int length = 0;
    while (true) {
      Token token = tokens.peek();
      int level = level(token);
      if (level == 0 || level < loosest) {
        return left;
      }
      if (++length > MAX_CHAIN) {
        throw tokens.failure(
            StapCode.NESTED_TOO_DEEP, "more than " + MAX_CHAIN + " operators in a row");
      }
      tokens.next();
      left = operation(left, token, level);
    }
  }

  private ExpressionTree operation(ExpressionTree left, Token token, int level)
      throws SyntaxException {
    if (level == IN_LEVEL) {
      return new ExpressionTree.Contains(token, List.of(Optional.of(left)), indexable());
    }
    if (token.text().equals("=~") || token.text().equals("!~")) {
      return new ExpressionTree.Match(token, left, Literals.string(tokens));
    }
    return new ExpressionTree.Binary(token, left, binary(level + 1));
  }

  /// `[a, b] in array`; one expression in brackets stands for itself.
  private ExpressionTree membership() throws SyntaxException {
    tokens.enter();
    tokens.expect("[");
    List<Optional<ExpressionTree>> keys = keys();
    Token token = tokens.peek();
    tokens.leave();
    if (token.isKeyword("in")) {
      tokens.next();
      return new ExpressionTree.Contains(token, keys, indexable());
    }
    if (keys.size() == 1 && keys.getFirst().isPresent()) {
      return keys.getFirst().get();
    }
    throw tokens.unexpected(
        "unexpected comma-separated expression list",
        "an element's keys go with 'in': [a, b] in c");
  }

  /// Keys up to and including the `]`.
  private List<Optional<ExpressionTree>> keys() throws SyntaxException {
    List<Optional<ExpressionTree>> keys = new ArrayList<>();
    do {
      keys.add(tokens.accept("*") ? Optional.empty() : Optional.of(expression()));
    } while (tokens.accept(","));
    if (!tokens.accept("]")) {
      throw tokens.unexpected("expected ',' or ']'");
    }
    return keys;
  }

  /// What can stand behind `in`: an array's name or a histogram.
  ExpressionTree indexable() throws SyntaxException {
    Token token = tokens.next();
    if (token.isOperator("@hist_log") || token.isOperator("@hist_linear")) {
      return statistic(token);
    }
    if (token.kind() != Token.Kind.IDENTIFIER) {
      throw tokens.unexpected("expected identifier");
    }
    return new ExpressionTree.Symbol(token, token.text());
  }

  /// `[1, *]` behind an array's name in `foreach`; empty where there is none.
  List<Optional<ExpressionTree>> slice() throws SyntaxException {
    return tokens.accept("[") ? keys() : List.of();
  }

  private ExpressionTree unary() throws SyntaxException {
    Token token = tokens.peek();
    if (token.kind() == Token.Kind.OPERATOR) {
      switch (token.text()) {
        case "+", "-", "!", "~" -> {
          return nested(token, false);
        }
        case "++", "--" -> {
          return nested(token, true);
        }
        default -> {}
      }
    }
    ExpressionTree operand = value();
    token = tokens.peek();
    if (token.isOperator("++") || token.isOperator("--")) {
      tokens.next();
      return new ExpressionTree.Increment(token, false, operand);
    }
    return operand;
  }

  private ExpressionTree nested(Token token, boolean increment) throws SyntaxException {
    tokens.enter();
    tokens.next();
    ExpressionTree result =
        increment
            ? new ExpressionTree.Increment(token, true, value())
            : new ExpressionTree.Unary(token, unary());
    tokens.leave();
    return result;
  }

  private ExpressionTree value() throws SyntaxException {
    Token token = tokens.peek();
    if (token.isOperator("(")) {
      tokens.next();
      ExpressionTree inner = expression();
      tokens.expect(")");
      return inner;
    }
    if (token.isOperator("&")) {
      tokens.next();
      Token name = tokens.expectIdentifier();
      return new ExpressionTree.TargetSymbol(name, name.text(), accessors(), true);
    }
    if (token.kind() == Token.Kind.IDENTIFIER) {
      tokens.next();
      return named(token);
    }
    if (token.kind() == Token.Kind.OPERATOR && token.text().startsWith("@")) {
      tokens.next();
      return atOperator(token);
    }
    return Literals.parse(tokens);
  }

  private ExpressionTree named(Token token) throws SyntaxException {
    String name = token.text();
    if (name.startsWith("$")) {
      return new ExpressionTree.TargetSymbol(token, name, accessors(), false);
    }
    Optional<PrintName> print = PrintName.of(name);
    if (print.isPresent()) {
      return print(token, print.get());
    }
    if (tokens.accept("(")) {
      return new ExpressionTree.Call(token, name, arguments("expected ',' or ')'"));
    }
    if (tokens.accept("[")) {
      return new ExpressionTree.Element(token, name, keys());
    }
    return new ExpressionTree.Symbol(token, name);
  }

  /// Arguments up to and including the `)`.
  private List<ExpressionTree> arguments(String message) throws SyntaxException {
    List<ExpressionTree> arguments = new ArrayList<>();
    if (tokens.accept(")")) {
      return arguments;
    }
    do {
      arguments.add(expression());
    } while (tokens.accept(","));
    if (!tokens.accept(")")) {
      throw tokens.unexpected(message);
    }
    return arguments;
  }

  private ExpressionTree print(Token token, PrintName name) throws SyntaxException {
    tokens.expect("(");
    Optional<ExpressionTree.Format> format = Optional.empty();
    Optional<String> delimiter = Optional.empty();
    if (name.formatted()) {
      String text = Literals.string(tokens);
      format = Optional.of(format(text, tokens.peek()));
    } else if (name.delimited()) {
      delimiter = Optional.of(Literals.string(tokens));
    }
    boolean first = format.isEmpty() && delimiter.isEmpty();
    int least = name.delimited() ? 2 : name.formatted() || name.newline() ? 0 : 1;
    List<ExpressionTree> arguments = new ArrayList<>();
    while (arguments.size() < least || !tokens.accept(")")) {
      if (!first && !tokens.accept(",")) {
        throw tokens.unexpected("expected one of ', )'");
      }
      first = false;
      arguments.add(expression());
    }
    return new ExpressionTree.Print(token, name, format, delimiter, arguments);
  }

  private static ExpressionTree.Format format(String text, Token next) throws SyntaxException {
    var pieces = FormatParser.parse(text);
    if (pieces.isEmpty()) {
      throw SyntaxException.at(
          StapCode.MALFORMED_FORMAT,
          "invalid or missing conversion specifier",
          next,
          Optional.of("after % come one flag, a width, .precision and one of diuoxXcspbmM"));
    }
    return new ExpressionTree.Format(text, pieces.get());
  }

  private List<ExpressionTree.Accessor> accessors() throws SyntaxException {
    List<ExpressionTree.Accessor> accessors = new ArrayList<>();
    while (true) {
      if (tokens.accept("->")) {
        Token field = tokens.next();
        accessors.add(new ExpressionTree.Accessor.Field(field.text()));
      } else if (tokens.accept("[")) {
        accessors.add(new ExpressionTree.Accessor.Index(expression()));
        tokens.expect("]");
      } else {
        return accessors;
      }
    }
  }

  private ExpressionTree atOperator(Token token) throws SyntaxException {
    return switch (token.text()) {
      case "@count", "@sum", "@min", "@max", "@avg", "@variance", "@hist_log", "@hist_linear" ->
          statistic(token);
      case "@defined" -> {
        tokens.expect("(");
        ExpressionTree operand = expression();
        tokens.expect(")");
        yield new ExpressionTree.Defined(token, operand);
      }
      case "@choose_defined" -> chooseDefined(token);
      case "@cast", "@var", "@entry", "@perf", "@const", "@probewrite" -> {
        tokens.expect("(");
        List<ExpressionTree> arguments = arguments("expected ',' or ')'");
        yield new ExpressionTree.AtCall(token, arguments, accessors());
      }
      default ->
          throw SyntaxException.at(
              StapCode.UNKNOWN_AT_OPERATOR,
              "unknown operator " + token.text(),
              token,
              Optional.of("macros are defined with @define NAME %( ... %) before they are used"));
    };
  }

  private ExpressionTree chooseDefined(Token token) throws SyntaxException {
    tokens.expect("(");
    ExpressionTree first = expression();
    tokens.expect(",");
    ExpressionTree second = expression();
    tokens.expect(")");
    return new ExpressionTree.Conditional(
        token, new ExpressionTree.Defined(token, first), first, second);
  }

  private ExpressionTree number() throws SyntaxException {
    Token token = tokens.peek();
    return new ExpressionTree.LongLiteral(token, Literals.number(tokens));
  }

  private ExpressionTree statistic(Token token) throws SyntaxException {
    tokens.expect("(");
    ExpressionTree operand = expression();
    List<ExpressionTree> parameters = new ArrayList<>();
    if (token.text().equals("@hist_linear")) {
      for (int i = 0; i < 3; i++) {
        tokens.expect(",");
        parameters.add(number());
      }
    } else if (token.text().equals("@variance") && tokens.accept(",")) {
      parameters.add(number());
    }
    tokens.expect(")");
    Optional<ExpressionTree> bucket = Optional.empty();
    if (token.text().startsWith("@hist") && tokens.accept("[")) {
      bucket = Optional.of(expression());
      tokens.expect("]");
    }
    return new ExpressionTree.Statistic(token, operand, parameters, bucket);
  }
}
