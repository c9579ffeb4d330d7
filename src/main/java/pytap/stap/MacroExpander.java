package pytap.stap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tokens of a file with its macros defined and expanded. What a macro is given is expanded
/// where it stands in the macro's body, by the macros of the place where it was given.
final class MacroExpander {
  private static final int MAX_EXPANSIONS = 20_000;

  /// Tokens that are being read: a macro's body, or what one was given.
  private static final class Frame {
    final List<Token> tokens;
    final Map<String, Given> given;
    final boolean ofLibrary;
    int at;

    Frame(List<Token> tokens, Map<String, Given> given, boolean ofLibrary) {
      this.tokens = tokens;
      this.given = given;
      this.ofLibrary = ofLibrary;
    }
  }

  /// What a macro was given, and what the macro around had been given.
  private record Given(List<Token> tokens, Map<String, Given> around, boolean ofLibrary) {}

  private final List<Token> input;
  private final Map<String, Macro> library;
  private final Map<String, Macro> defined = new HashMap<>();
  private final Deque<Frame> frames = new ArrayDeque<>();
  private int at;
  private int expansions;

  MacroExpander(List<Token> input, Map<String, Macro> library) {
    this.input = input;
    this.library = library;
  }

  /// By their names with the `@`.
  Map<String, Macro> defined() {
    return defined;
  }

  /// The next token that is no macro's.
  ///
  /// @param defines whether `@define` is heeded
  Optional<Token> next(boolean defines) throws SyntaxException {
    while (true) {
      Optional<Token> next = raw();
      if (next.isEmpty()) {
        if (frames.isEmpty()) {
          return next;
        }
        frames.pop();
        continue;
      }
      Token token = next.get();
      if (token.kind() != Token.Kind.OPERATOR || !token.text().startsWith("@")) {
        return next;
      }
      if (token.text().equals("@define") && defines) {
        define(token);
      } else if (!expand(token)) {
        return next;
      }
    }
  }

  /// Empty at the end of what is being read.
  private Optional<Token> raw() {
    if (frames.isEmpty()) {
      return at < input.size() ? Optional.of(input.get(at++)) : Optional.empty();
    }
    Frame frame = frames.peek();
    return frame.at < frame.tokens.size()
        ? Optional.of(frame.tokens.get(frame.at++))
        : Optional.empty();
  }

  private void define(Token define) throws SyntaxException {
    if (!frames.isEmpty()) {
      throw Preprocessor.broken("'@define' forbidden inside macro body", define);
    }
    Token name = identifier(define);
    String word = "@".concat(name.text());
    if (defined.containsKey(word)) {
      throw Preprocessor.broken("attempt to redefine macro '" + word + "' in the same file", name);
    }
    if (word.equals("@define")) {
      throw Preprocessor.broken("attempt to redefine '@define'", name);
    }
    List<String> parameters = new ArrayList<>();
    Token open = taken(name);
    boolean takesAny = open.isOperator("(");
    if (takesAny) {
      Token separator;
      do {
        parameters.add("@".concat(identifier(open).text()));
        separator = taken(open);
        if (!separator.isOperator(",") && !separator.isOperator(")")) {
          throw Preprocessor.broken("expected ',' or ')'", separator);
        }
      } while (separator.isOperator(","));
      open = taken(separator);
    }
    if (!open.isOperator("%(")) {
      throw Preprocessor.broken(takesAny ? "expected '%('" : "expected '%(' or '('", open);
    }
    defined.put(word, new Macro(name, parameters, body(name), false));
  }

  private Token identifier(Token before) throws SyntaxException {
    Token token = taken(before);
    if (token.kind() != Token.Kind.IDENTIFIER) {
      throw Preprocessor.broken("expected identifier", token);
    }
    return token;
  }

  private Token taken(Token before) throws SyntaxException {
    Optional<Token> next = raw();
    if (next.isEmpty()) {
      throw Preprocessor.broken("unexpected end-of-file", before);
    }
    return next.get();
  }

  /// Up to the `%)` that closes it.
  private List<Token> body(Token name) throws SyntaxException {
    List<Token> body = new ArrayList<>();
    int nesting = 0;
    for (Optional<Token> next = raw(); next.isPresent(); next = raw()) {
      Token token = next.get();
      if (token.isOperator("%)") && nesting == 0) {
        return body;
      }
      nesting += token.isOperator("%(") ? 1 : token.isOperator("%)") ? -1 : 0;
      body.add(token);
    }
    throw Preprocessor.broken("incomplete macro definition - missing '%)'", name);
  }

  /// @return whether `token` is a macro's name, or a name of what one was given
  private boolean expand(Token token) throws SyntaxException {
    String word = token.text();
    Optional<Frame> frame = Optional.ofNullable(frames.peek());
    Optional<Given> given = frame.map(it -> it.given.get(word));
    if (given.isPresent()) {
      Given tokens = given.get();
      push(token, new Frame(tokens.tokens(), tokens.around(), tokens.ofLibrary()));
      return true;
    }
    boolean inLibrary = frame.isPresent() && frame.get().ofLibrary;
    Macro own = inLibrary ? null : defined.get(word);
    Macro macro = own == null ? library.get(word) : own;
    if (macro == null) {
      return false;
    }
    push(token, new Frame(macro.body(), given(token, macro), macro.fromLibrary()));
    return true;
  }

  private void push(Token use, Frame frame) throws SyntaxException {
    expansions += 1 + frame.tokens.size();
    if (expansions > MAX_EXPANSIONS) {
      frames.clear();
      throw Preprocessor.broken("macro expansion does not end", use);
    }
    frames.push(frame);
  }

  private Map<String, Given> given(Token use, Macro macro) throws SyntaxException {
    Map<String, Given> all = new HashMap<>();
    int count = macro.parameters().size();
    if (count == 0) {
      return all;
    }
    Optional<Token> open = raw();
    if (open.isEmpty() || !open.get().isOperator("(")) {
      throw Preprocessor.broken(
          "expected '(' in invocation of macro '"
              + use.text()
              + "' taking "
              + count
              + (count == 1 ? " parameter" : " parameters"),
          open.orElse(use));
    }
    Map<String, Given> around = frames.isEmpty() ? Map.of() : frames.peek().given;
    boolean ofLibrary = !frames.isEmpty() && frames.peek().ofLibrary;
    for (int i = 0; i < count; i++) {
      List<Token> tokens = new ArrayList<>();
      Token separator = upToSeparator(use, tokens);
      boolean last = i + 1 == count;
      if (separator.isOperator(",") == last) {
        throw Preprocessor.broken(
            (last ? "too many" : "too few")
                + " parameters for macro '"
                + use.text()
                + "' (expected "
                + count
                + ")",
            separator);
      }
      all.put(macro.parameters().get(i), new Given(tokens, around, ofLibrary));
    }
    return all;
  }

  /// The `,` or `)` that ends what a macro is given.
  private Token upToSeparator(Token use, List<Token> into) throws SyntaxException {
    int nesting = 0;
    for (Optional<Token> next = raw(); next.isPresent(); next = raw()) {
      Token token = next.get();
      boolean closes = token.isOperator(")") || token.isOperator("]");
      if (nesting == 0 && (token.isOperator(")") || token.isOperator(","))) {
        return token;
      }
      if (token.isOperator("(") || token.isOperator("[")) {
        nesting++;
      } else if (closes && nesting > 0) {
        nesting--;
      }
      into.add(token);
    }
    throw Preprocessor.broken("could not find end of macro invocation", use);
  }
}
