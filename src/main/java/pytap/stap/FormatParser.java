package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.ir.FormatPiece;
import pytap.ir.FormatPiece.Amount;
import pytap.ir.FormatPiece.Conversion;
import pytap.ir.FormatPiece.Flag;

/// Format strings: `%`, at most one flag of `- 0 + space #`, a width, a precision, any number of
/// `l`, one of `d i u o x X c s p b m M`.
final class FormatParser {
  /// Widths and precisions beyond this make no difference: no printed value is longer.
  private static final int MAX_AMOUNT = 65535;

  private final String format;
  private final List<FormatPiece> pieces = new ArrayList<>();
  private final StringBuilder literal = new StringBuilder();
  private int at;

  private FormatParser(String format) {
    this.format = format;
  }

  /// The pieces of `format`; empty where one of its directives is none.
  static Optional<List<FormatPiece>> parse(String format) {
    FormatParser parser = new FormatParser(format);
    while (parser.at < format.length()) {
      if (!parser.piece()) {
        return Optional.empty();
      }
    }
    parser.endLiteral();
    return Optional.of(parser.pieces);
  }

  private char peek() {
    return at < format.length() ? format.charAt(at) : '\0';
  }

  private void endLiteral() {
    if (!literal.isEmpty()) {
      pieces.add(new FormatPiece.Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  private boolean piece() {
    char c = format.charAt(at++);
    if (c != '%') {
      literal.append(c);
      return true;
    }
    if (peek() == '%') {
      at++;
      literal.append('%');
      return true;
    }
    Flag flag = flag(peek());
    if (flag != Flag.NONE) {
      at++;
    }
    Amount width = amount();
    Amount precision = Amount.NONE;
    if (peek() == '.') {
      at++;
      precision = amount();
      if (precision.equals(Amount.NONE)) {
        precision = Amount.of(0);
      }
    }
    if (peek() == 'l') {
      at++;
    }
    Optional<Conversion> conversion = conversion(peek());
    if (conversion.isEmpty()) {
      return false;
    }
    at++;
    endLiteral();
    pieces.add(new FormatPiece.Directive(flag, width, precision, conversion.get()));
    return true;
  }

  private static Flag flag(char c) {
    return switch (c) {
      case '-' -> Flag.LEFT;
      case '0' -> Flag.ZERO;
      case '+' -> Flag.PLUS;
      case ' ' -> Flag.SPACE;
      case '#' -> Flag.ALTERNATE;
      default -> Flag.NONE;
    };
  }

  private Amount amount() {
    if (peek() == '*') {
      at++;
      return Amount.DYNAMIC;
    }
    if (!Characters.isDigit(peek())) {
      return Amount.NONE;
    }
    int value = 0;
    while (Characters.isDigit(peek())) {
      value = Math.min(value * 10 + peek() - '0', MAX_AMOUNT);
      at++;
    }
    return Amount.of(value);
  }

  private static Optional<Conversion> conversion(char c) {
    return switch (c) {
      case 'd', 'i' -> Optional.of(Conversion.SIGNED);
      case 'u' -> Optional.of(Conversion.UNSIGNED);
      case 'x' -> Optional.of(Conversion.HEX_LOWER);
      case 'X' -> Optional.of(Conversion.HEX_UPPER);
      case 'o' -> Optional.of(Conversion.OCTAL);
      case 'p' -> Optional.of(Conversion.POINTER);
      case 'c' -> Optional.of(Conversion.CHARACTER);
      case 's' -> Optional.of(Conversion.STRING);
      case 'b' -> Optional.of(Conversion.BINARY);
      case 'm' -> Optional.of(Conversion.MEMORY);
      case 'M' -> Optional.of(Conversion.MEMORY_HEX);
      default -> Optional.empty();
    };
  }
}
