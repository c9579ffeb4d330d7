package pytap.stap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The pass between lexer and parser: `%( condition %? tokens %: tokens %)` keeps one side, and
/// `@define NAME(a, b) %( tokens %)` makes `@NAME(x, y)` stand for tokens.
///
/// A directive that does not hold together ends the token list with a token that says so, which
/// becomes a parse error when the parser reaches it.
final class Preprocessor {
  private static final int MAX_EXPANSIONS = 20_000;

  private record Macro(List<String> parameters, List<Token> body) {}

  private final Deque<Token> input = new ArrayDeque<>();
  private final List<Token> output = new ArrayList<>();
  private final Map<String, Macro> macros = new HashMap<>();
  private int expansions;

  private Preprocessor(List<Token> tokens) {
    input.addAll(tokens);
  }

  static List<Token> expand(List<Token> tokens) {
    if (!hasDirectives(tokens)) {
      return tokens;
    }
    Preprocessor preprocessor = new Preprocessor(tokens);
    try {
      preprocessor.run();
    } catch (BrokenDirective e) {
      preprocessor.output.add(
          new Token(Token.Kind.BROKEN_DIRECTIVE, e.token.text(), e.token.span()));
    }
    return preprocessor.output;
  }

  private static boolean hasDirectives(List<Token> tokens) {
    for (Token token : tokens) {
      if (token.isOperator("@define") || token.isOperator("%(")) {
        return true;
      }
    }
    return false;
  }

  /// Ends the pass; its token's text is the message.
  private static final class BrokenDirective extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Token token;

    BrokenDirective(String message, Token at) {
      super(message, null, false, false);
      token = new Token(Token.Kind.BROKEN_DIRECTIVE, message, at.span());
    }
  }

  private void run() throws BrokenDirective {
    while (!input.isEmpty()) {
      Token token = input.removeFirst();
      if (token.isOperator("@define")) {
        define(token);
      } else if (token.isOperator("%(")) {
        conditional(token);
      } else if (token.kind() == Token.Kind.OPERATOR && macros.get(token.text()) != null) {
        expandMacro(token);
      } else {
        output.add(token);
      }
    }
  }

  private Token take(String wanted, Token after) throws BrokenDirective {
    if (input.isEmpty()) {
      throw new BrokenDirective("expected " + wanted + " and found the end of the file", after);
    }
    return input.removeFirst();
  }

  private boolean nextIs(String operator) {
    return !input.isEmpty() && input.peekFirst().isOperator(operator);
  }

  private void define(Token define) throws BrokenDirective {
    Token name = take("identifier", define);
    if (name.kind() != Token.Kind.IDENTIFIER) {
      throw new BrokenDirective("expected identifier", name);
    }
    List<String> parameters = new ArrayList<>();
    if (nextIs("(")) {
      Token token = input.removeFirst();
      while (!token.isOperator(")")) {
        Token parameter = take("identifier", token);
        if (parameter.kind() != Token.Kind.IDENTIFIER) {
          throw new BrokenDirective("expected identifier", parameter);
        }
        parameters.add("@".concat(parameter.text()));
        token = take("')'", parameter);
        if (!token.isOperator(")") && !token.isOperator(",")) {
          throw new BrokenDirective("expected ',' or ')'", token);
        }
      }
    }
    Token open = take("'%('", name);
    if (!open.isOperator("%(")) {
      throw new BrokenDirective("expected '%('", open);
    }
    List<Token> body = upTo(open, false);
    input.removeFirst();
    macros.put("@".concat(name.text()), new Macro(parameters, body));
  }

  /// The tokens up to, without, the `%)` that closes `open`, or its `%:`.
  private List<Token> upTo(Token open, boolean orElse) throws BrokenDirective {
    List<Token> body = new ArrayList<>();
    int depth = 0;
    while (!input.isEmpty()) {
      Token token = input.peekFirst();
      if (depth == 0 && (token.isOperator("%)") || orElse && token.isOperator("%:"))) {
        return body;
      }
      depth += token.isOperator("%(") ? 1 : token.isOperator("%)") ? -1 : 0;
      body.add(input.removeFirst());
    }
    throw new BrokenDirective("incomplete macro or condition, missing '%)'", open);
  }

  private void conditional(Token open) throws BrokenDirective {
    List<Token> condition = new ArrayList<>();
    while (!nextIs("%?")) {
      condition.add(take("'%?'", open));
    }
    Token question = input.removeFirst();
    boolean holds;
    try {
      holds = new DirectiveCondition(condition, question).evaluate();
    } catch (SyntaxException e) {
      throw new BrokenDirective(e.diagnostic().message(), open);
    }
    List<Token> then = upTo(open, true);
    List<Token> otherwise = List.of();
    if (input.removeFirst().isOperator("%:")) {
      otherwise = upTo(open, false);
      input.removeFirst();
    }
    prepend(holds ? then : otherwise);
  }

  private void prepend(List<Token> tokens) {
    for (int i = tokens.size() - 1; i >= 0; i--) {
      input.addFirst(tokens.get(i));
    }
  }

  private void expandMacro(Token use) throws BrokenDirective {
    Macro macro = macros.getOrDefault(use.text(), new Macro(List.of(), List.of()));
    expansions += 1 + macro.body.size();
    if (expansions > MAX_EXPANSIONS) {
      throw new BrokenDirective("macro expansion does not end", use);
    }
    List<List<Token>> arguments =
        macro.parameters.isEmpty() ? List.of() : macroArguments(use, macro.parameters.size());
    List<Token> expanded = new ArrayList<>();
    for (Token token : macro.body) {
      int parameter = token.kind() == Token.Kind.OPERATOR ? macro.parameters.indexOf(token.text()) : -1;
      if (parameter >= 0) {
        expanded.addAll(arguments.get(parameter));
      } else {
        expanded.add(token);
      }
    }
    prepend(expanded);
  }

  private List<List<Token>> macroArguments(Token use, int count) throws BrokenDirective {
    Token token = take("'('", use);
    if (!token.isOperator("(")) {
      throw new BrokenDirective("expected '(' in invocation of macro '" + use.text() + "'", token);
    }
    List<List<Token>> arguments = new ArrayList<>();
    List<Token> current = new ArrayList<>();
    int depth = 0;
    while (true) {
      token = take("')'", use);
      if (depth == 0 && (token.isOperator(",") || token.isOperator(")"))) {
        arguments.add(current);
        current = new ArrayList<>();
        if (token.isOperator(")")) {
          break;
        }
        continue;
      }
      depth += opens(token) ? 1 : closes(token) ? -1 : 0;
      current.add(token);
    }
    if (arguments.size() != count) {
      throw new BrokenDirective(
          "wrong number of arguments for macro '" + use.text() + "' (expected " + count + ")", use);
    }
    return arguments;
  }

  private static boolean opens(Token token) {
    return token.isOperator("(") || token.isOperator("[") || token.isOperator("{");
  }

  private static boolean closes(Token token) {
    return token.isOperator(")") || token.isOperator("]") || token.isOperator("}");
  }
}
