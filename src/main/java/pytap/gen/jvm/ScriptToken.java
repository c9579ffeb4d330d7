package pytap.gen.jvm;

import java.util.Set;
import pytap.source.Span;

/// Names the token at a place in the script as run-time messages do: `identifier 'i'`, `operator
/// '{'`, `keyword 'if'`.
final class ScriptToken {
  private static final Set<String> KEYWORDS =
      Set.of(
          "if",
          "else",
          "while",
          "for",
          "foreach",
          "in",
          "limit",
          "return",
          "delete",
          "break",
          "continue",
          "next",
          "try",
          "catch");

  private ScriptToken() {}

  static String identifier(String name) {
    return "identifier '" + name + "'";
  }

  static String operator(String symbol) {
    return "operator '" + symbol + "'";
  }

  /// The first token of `span`.
  static String firstOf(Span span) {
    String text = span.source().text();
    int start = span.start();
    int end = start;
    while (end < text.length() && isWord(text.charAt(end))) {
      end++;
    }
    if (end == start) {
      return operator(text.substring(start, Math.min(start + 1, text.length())));
    }
    String word = text.substring(start, end);
    if (word.charAt(0) >= '0' && word.charAt(0) <= '9') {
      return "number '" + word + "'";
    }
    if (word.charAt(0) == '@') {
      return operator(word);
    }
    return KEYWORDS.contains(word) ? "keyword '" + word + "'" : identifier(word);
  }

  private static boolean isWord(char character) {
    return character == '_'
        || character == '$'
        || character == '@'
        || (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || (character >= '0' && character <= '9');
  }
}
