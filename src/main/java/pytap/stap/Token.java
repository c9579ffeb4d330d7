package pytap.stap;

import pytap.source.Span;

/// A word of a script.
///
/// @param text what it says: a string's bytes with escapes resolved, a number's digits as written;
///   for the kinds that are errors the message
/// @param span where it stands; a token that an argument (`$1`) brought in stands at the `$1`
record Token(Kind kind, String text, Span span) {

  enum Kind {
    IDENTIFIER,
    KEYWORD,
    OPERATOR,
    STRING,
    NUMBER,
    /// `%{ … %}`
    EMBEDDED_CODE,
    /// Characters that are no token: an error once the parser reaches it.
    JUNK,
    /// `$3` or `@3` with fewer arguments.
    MISSING_ARGUMENT,
    /// Behind the last token.
    END
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isKeyword(String keyword) {
    return kind == Kind.KEYWORD && text.equals(keyword);
  }

  /// How messages call it: `identifier 'x'`.
  String subject() {
    return switch (kind) {
      case IDENTIFIER -> quoted("identifier");
      case OPERATOR -> quoted("operator");
      case STRING -> quoted("string");
      case NUMBER -> quoted("number");
      case KEYWORD -> "keyword";
      case EMBEDDED_CODE -> "embedded-code";
      case JUNK, MISSING_ARGUMENT -> "junk ''";
      case END -> "end of file";
    };
  }

  private String quoted(String kindName) {
    StringBuilder out = new StringBuilder(kindName).append(" '");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c > ' ' && c < 0x7f ? c : '?');
    }
    return out.append('\'').toString();
  }
}
