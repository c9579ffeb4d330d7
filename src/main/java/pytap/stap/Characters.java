package pytap.stap;

/// Which characters make up words, as C's locale has it.
final class Characters {
  private Characters() {}

  static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  static boolean isIdentifierStart(int c) {
    return isLetter(c) || c == '_' || c == '$' || c == '@';
  }

  static boolean isIdentifierPart(int c) {
    return isLetter(c) || isDigit(c) || c == '_' || c == '$';
  }

  static boolean isBlank(int c) {
    return c == ' ' || c >= '\t' && c <= '\r';
  }

  static boolean isPunctuation(int c) {
    return c > ' ' && c < 0x7f && !isLetter(c) && !isDigit(c);
  }

  /// The value of a hexadecimal digit; -1 for any other character.
  static int hexDigit(int c) {
    if (isDigit(c)) {
      return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }
}
