package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import pytap.source.SourceText;
import pytap.source.Span;

/// Characters to tokens.
///
/// `$N` is replaced by the tokens of the N-th script argument and `@N` by a string of it; `$#` and
/// `@#` are their number. An argument that is not there becomes junk, so that it is an error only
/// where the preprocessor keeps it.
final class Lexer {
  private static final Set<String> KEYWORDS =
      Set.of(
          "probe",
          "global",
          "private",
          "function",
          "if",
          "else",
          "for",
          "foreach",
          "in",
          "limit",
          "return",
          "delete",
          "while",
          "break",
          "continue",
          "next",
          "string",
          "long",
          "try",
          "catch");

  /// Operators of more than one character, longest first.
  private static final String[] OPERATORS = {
    ">>>=", "<<<", "<<=", ">>=", ">>>", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=",
    "|=", "^=", ".=", "<<", ">>", "&&", "||", "++", "--", "->", "=~", "!~", "%(", "%)", "%?", "%:"
  };

  private final SourceText source;
  private final String text;
  private final ScriptArguments arguments;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private Lexer(SourceText source, ScriptArguments arguments) {
    this.source = source;
    this.text = source.text();
    this.arguments = arguments;
  }

  /// All tokens of `source`, without an end marker. The last one is junk where the text breaks off
  /// inside a string or a comment.
  static List<Token> tokenize(SourceText source, ScriptArguments arguments) {
    Lexer lexer = new Lexer(source, arguments);
    if (source.text().startsWith("#!")) {
      lexer.skipLine();
    }
    while (lexer.skipBlanks()) {
      if (!lexer.token()) {
        break;
      }
    }
    return lexer.tokens;
  }

  private int peek(int distance) {
    return at + distance < text.length() ? text.charAt(at + distance) : -1;
  }

  /// Moves to the next token; false at the end of the text.
  private boolean skipBlanks() {
    while (at < text.length()) {
      int c = peek(0);
      if (Characters.isBlank(c)) {
        at++;
      } else if (c == '#' || c == '/' && peek(1) == '/') {
        skipLine();
      } else if (c == '/' && peek(1) == '*') {
        int end = text.indexOf("*/", at + 2);
        if (end < 0) {
          junk(at, text.length(), "unterminated comment");
          return false;
        }
        at = end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  private void skipLine() {
    int newline = text.indexOf('\n', at);
    at = newline < 0 ? text.length() : newline + 1;
  }

  /// Reads one token; false where no more can be made of the text.
  private boolean token() {
    int c = peek(0);
    int start = at;
    if ((c == '$' || c == '@') && (Characters.isDigit(peek(1)) || peek(1) == '#')) {
      argument((char) c);
    } else if (Characters.isIdentifierStart(c)) {
      do {
        at++;
      } while (Characters.isIdentifierPart(peek(0)));
      word(start);
    } else if (Characters.isDigit(c)) {
      do {
        at++;
      } while (Characters.isDigit(peek(0)) || Characters.isLetter(peek(0)));
      add(Token.Kind.NUMBER, text.substring(start, at), start);
    } else if (c == '"') {
      return string();
    } else if (c == '%' && peek(1) == '{') {
      return embeddedCode();
    } else if (Characters.isPunctuation(c)) {
      operator();
    } else {
      at++;
      junk(start, at, "invalid nonprintable character");
    }
    return true;
  }

  private void word(int start) {
    String word = text.substring(start, at);
    boolean plain = word.length() == 1 && (word.charAt(0) == '@' || word.charAt(0) == '$');
    Token.Kind kind =
        word.charAt(0) == '@' || plain
            ? Token.Kind.OPERATOR
            : KEYWORDS.contains(word) ? Token.Kind.KEYWORD : Token.Kind.IDENTIFIER;
    add(kind, word, start);
  }

  private boolean string() {
    int start = at;
    at++;
    while (peek(0) != '"') {
      if (peek(0) == '\\') {
        at++;
      } else if (peek(0) == '\n') {
        break;
      }
      if (at >= text.length()) {
        break;
      }
      at++;
    }
    if (peek(0) != '"') {
      junk(start, Math.min(at, text.length()), "Could not find matching closing quote");
      return false;
    }
    String raw = text.substring(start + 1, at);
    at++;
    add(Token.Kind.STRING, StringEscapes.decode(raw), start);
    return true;
  }

  private boolean embeddedCode() {
    int start = at;
    int end = text.indexOf("%}", at + 2);
    if (end < 0) {
      junk(start, text.length(), "Could not find matching '%}' to close embedded function block");
      return false;
    }
    at = end + 2;
    add(Token.Kind.EMBEDDED_CODE, text.substring(start + 2, end), start);
    return true;
  }

  private void operator() {
    int start = at;
    for (String operator : OPERATORS) {
      if (text.startsWith(operator, at)) {
        at += operator.length();
        add(Token.Kind.OPERATOR, operator, start);
        return;
      }
    }
    at++;
    add(Token.Kind.OPERATOR, text.substring(start, at), start);
  }

  /// `$1`, `@1`, `$#` or `@#`.
  private void argument(char sigil) {
    int start = at;
    at++;
    if (peek(0) == '#') {
      at++;
      arguments.useAll();
      Token.Kind kind = sigil == '$' ? Token.Kind.NUMBER : Token.Kind.STRING;
      add(kind, Integer.toString(arguments.count()), start);
      return;
    }
    long number = 0;
    while (Characters.isDigit(peek(0))) {
      number = Math.min(number * 10 + peek(0) - '0', Integer.MAX_VALUE);
      at++;
    }
    Span span = new Span(source, start, at);
    if (number < 1 || number > arguments.count()) {
      String range = "[1-" + arguments.count() + "]";
      tokens.add(
          new Token(Token.Kind.MISSING_ARGUMENT, "command line argument out of range " + range, span));
      return;
    }
    String value = arguments.use((int) number);
    if (sigil == '@') {
      tokens.add(new Token(Token.Kind.STRING, value, span));
    } else {
      for (Token token : tokenize(new SourceText(source.name(), value), ScriptArguments.NONE)) {
        tokens.add(new Token(token.kind(), token.text(), span));
      }
    }
  }

  private void add(Token.Kind kind, String content, int start) {
    tokens.add(new Token(kind, content, new Span(source, start, at)));
  }

  private void junk(int start, int end, String message) {
    tokens.add(new Token(Token.Kind.JUNK, message, new Span(source, start, end)));
    at = end;
  }
}
