package pytap.stap;

import java.util.Optional;
import java.util.OptionalLong;

/// Literals of the language.
final class Literals {
  private Literals() {}

  /// The value of C digits: decimal, octal with a leading 0, hexadecimal with 0x. Everything up to
  /// 2^64 - 1 fits and wraps; empty for anything else.
  static OptionalLong number(String digits) {
    int radix = 10;
    int start = 0;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      radix = 16;
      start = 2;
    } else if (digits.length() > 1 && digits.charAt(0) == '0') {
      radix = 8;
      start = 1;
    }
    if (start == digits.length()) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (int i = start; i < digits.length(); i++) {
      int digit = Characters.hexDigit(digits.charAt(i));
      if (digit < 0 || digit >= radix || overflows(value, radix, digit)) {
        return OptionalLong.empty();
      }
      value = value * radix + digit;
    }
    return OptionalLong.of(value);
  }

  private static boolean overflows(long value, int radix, int digit) {
    long limit = Long.divideUnsigned(-1L, radix);
    return Long.compareUnsigned(value, limit) > 0
        || value == limit && digit > Long.remainderUnsigned(-1L, radix);
  }

  /// `"string"`s that follow each other are one; a number may have a sign.
  static ExpressionTree parse(TokenStream tokens) throws SyntaxException {
    Token token = tokens.next();
    if (token.kind() == Token.Kind.STRING) {
      return new ExpressionTree.Text(token, joined(token, tokens));
    }
    boolean negative = token.isOperator("-");
    Token number = negative ? tokens.next() : token;
    if (number.kind() != Token.Kind.NUMBER) {
      throw tokens.unexpected("expected literal string or number");
    }
    long value = value(number);
    return new ExpressionTree.Number(number, negative ? -value : value);
  }

  private static long value(Token number) throws SyntaxException {
    OptionalLong value = number(number.text());
    if (value.isEmpty()) {
      throw SyntaxException.at(
          StapCode.MALFORMED_NUMBER,
          "number invalid or out of range",
          number,
          Optional.of("numbers are 64-bit: decimal, 0x hexadecimal or 0 octal"));
    }
    return value.getAsLong();
  }

  /// The text of `first` and of the string tokens right behind it.
  static String joined(Token first, TokenStream tokens) throws SyntaxException {
    String text = first.text();
    while (tokens.peek().kind() == Token.Kind.STRING) {
      text = text.concat(tokens.next().text());
    }
    return text;
  }

  static String string(TokenStream tokens) throws SyntaxException {
    Token token = tokens.next();
    if (token.kind() != Token.Kind.STRING) {
      throw tokens.unexpected("expected literal string");
    }
    return joined(token, tokens);
  }

  static long number(TokenStream tokens) throws SyntaxException {
    boolean negative = tokens.accept("-");
    Token token = tokens.next();
    if (token.kind() != Token.Kind.NUMBER) {
      throw tokens.unexpected("expected number");
    }
    long value = value(token);
    return negative ? -value : value;
  }
}
