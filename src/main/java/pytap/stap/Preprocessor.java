package pytap.stap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.source.SourceText;

/// The pass between lexer and parser: `%( condition %? tokens %: tokens %)` keeps one side, and
/// `@define NAME(a, b) %( tokens %)` makes `@NAME(x, y)` stand for tokens.
final class Preprocessor {
  /// @param tokens up to where a directive does not hold together
  /// @param broken what is wrong there
  record Result(List<Token> tokens, Optional<SyntaxException> broken) {}

  /// What is done with tokens inside of a `%( … %)`.
  private enum Side {
    KEEP_THEN,
    SKIP_THEN,
    KEEP_ELSE,
    SKIP_ELSE;

    boolean skips() {
      return this == SKIP_THEN || this == SKIP_ELSE;
    }

    boolean isElse() {
      return this == KEEP_ELSE || this == SKIP_ELSE;
    }
  }

  private record Conditional(Token open, Side side) {}

  private final MacroExpander macros;
  private final List<Token> output = new ArrayList<>();
  private final Deque<Conditional> open = new ArrayDeque<>();

  private Preprocessor(List<Token> tokens, Map<String, Macro> library) {
    macros = new MacroExpander(tokens, library);
  }

  /// @param library the macros of tapsets, by their names
  static Result expand(List<Token> tokens, Map<String, Macro> library) {
    if (!hasDirectives(tokens, library)) {
      return new Result(tokens, Optional.empty());
    }
    Preprocessor preprocessor = new Preprocessor(tokens, library);
    try {
      preprocessor.run();
      return new Result(preprocessor.output, Optional.empty());
    } catch (SyntaxException broken) {
      return new Result(preprocessor.output, Optional.of(broken));
    }
  }

  /// The macros that a file of them (`.stpm`) defines.
  static Map<String, Macro> library(SourceText file) throws SyntaxException {
    Preprocessor preprocessor =
        new Preprocessor(Lexer.tokenize(file, ScriptArguments.NONE), Map.of());
    preprocessor.run();
    if (!preprocessor.output.isEmpty()) {
      throw broken(
          "unexpected token in library macro file '" + file.name() + "'",
          preprocessor.output.getFirst());
    }
    Map<String, Macro> library = new HashMap<>();
    preprocessor.macros.defined().forEach((name, macro) -> library.put(name, macro.ofLibrary()));
    return library;
  }

  private static boolean hasDirectives(List<Token> tokens, Map<String, Macro> library) {
    for (Token token : tokens) {
      if (token.kind() == Token.Kind.OPERATOR && isDirective(token.text(), library)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isDirective(String operator, Map<String, Macro> library) {
    return switch (operator) {
      case "@define", "%(", "%?", "%:", "%)" -> true;
      default -> library.containsKey(operator);
    };
  }

  private void run() throws SyntaxException {
    while (true) {
      boolean skips = !open.isEmpty() && open.peek().side().skips();
      Optional<Token> next = skips ? skipped() : macros.next(true);
      if (next.isEmpty()) {
        if (open.isEmpty()) {
          return;
        }
        throw broken("incomplete conditional at end of file", open.peek().open());
      }
      Token token = next.get();
      if (token.kind() != Token.Kind.OPERATOR) {
        output.add(token);
        continue;
      }
      switch (token.text()) {
        case "%(" -> begin(token);
        case "%?" -> throw broken("incomplete conditional - missing '%('", token);
        case "%:" -> turn(token);
        case "%)" -> {
          inside(token);
          open.pop();
        }
        default -> output.add(token);
      }
    }
  }

  private Conditional inside(Token token) throws SyntaxException {
    if (open.isEmpty()) {
      throw broken("incomplete conditional - missing '%('", token);
    }
    return open.peek();
  }

  private void turn(Token token) throws SyntaxException {
    Conditional inside = inside(token);
    if (inside.side().isElse()) {
      throw broken("invalid conditional - duplicate '%:'", token);
    }
    open.pop();
    boolean keeps = inside.side().skips();
    open.push(new Conditional(inside.open(), keeps ? Side.KEEP_ELSE : Side.SKIP_ELSE));
  }

  /// Comparisons joined by `&&` and `||`, which binds looser, up to `%?`.
  private void begin(Token begin) throws SyntaxException {
    boolean result = false;
    boolean all = true;
    Optional<Token> behind;
    do {
      Optional<Token> left = macros.next(true);
      Optional<Token> operator = macros.next(true);
      Optional<Token> right = macros.next(true);
      if (left.isEmpty() || operator.isEmpty() || right.isEmpty()) {
        throw broken("incomplete condition after '%('", begin);
      }
      all &= DirectiveCondition.holds(left.get(), operator.get(), right.get());
      behind = macros.next(true);
      if (!isOperator(behind, "&&")) {
        result |= all;
        all = true;
      }
    } while (isOperator(behind, "&&") || isOperator(behind, "||"));
    if (!isOperator(behind, "%?")) {
      throw broken("expected '%?' marker for conditional", begin);
    }
    open.push(new Conditional(begin, result ? Side.KEEP_THEN : Side.SKIP_THEN));
  }

  private static boolean isOperator(Optional<Token> token, String operator) {
    return token.isPresent() && token.get().isOperator(operator);
  }

  /// The first token behind those that are passed over; nothing in them is an error.
  private Optional<Token> skipped() {
    int nesting = 0;
    while (true) {
      Optional<Token> next;
      try {
        next = macros.next(false);
      } catch (SyntaxException ignored) {
        continue;
      }
      if (next.isEmpty()) {
        return next;
      }
      switch (next.get().text()) {
        case "%(" -> nesting += next.get().isOperator("%(") ? 1 : 0;
        case "%)", "%:", "%?" -> {
          if (next.get().kind() != Token.Kind.OPERATOR) {
            continue;
          }
          if (nesting == 0) {
            return next;
          }
          nesting -= next.get().isOperator("%)") ? 1 : 0;
        }
        default -> {}
      }
    }
  }

  static SyntaxException broken(String message, Token at) {
    return SyntaxException.at(StapCode.MALFORMED_DIRECTIVE, message, at);
  }
}
