package pytap.stap;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The condition of a `%( … %?`: comparisons joined by `&&` and `||` (which binds looser).
///
/// `arch` is `x86_64`, `runtime` is `kernel`; `systemtap_v`, `kernel_v` and `kernel_vr` are those
/// of the system whose behaviour pytap has, SystemTap 4.8 on Debian 12, whatever it runs on:
/// compiling does not look at the machine. `CONFIG_NAME` is `y` for what a kernel that can trace
/// user-space has, and `n` for the rest. Two numbers compare as numbers, versions part by part,
/// anything else as text, where `==` and `!=` know `*` and `?`.
final class DirectiveCondition {
  private final List<Token> tokens;
  private final Token end;
  private int at;

  DirectiveCondition(List<Token> tokens, Token end) {
    this.tokens = tokens;
    this.end = end;
  }

  boolean evaluate() throws SyntaxException {
    boolean result = conjunction();
    while (peek().isOperator("||")) {
      at++;
      result |= conjunction();
    }
    if (at < tokens.size()) {
      throw broken("expected '%?'");
    }
    return result;
  }

  private boolean conjunction() throws SyntaxException {
    boolean result = comparison();
    while (peek().isOperator("&&")) {
      at++;
      result &= comparison();
    }
    return result;
  }

  private boolean comparison() throws SyntaxException {
    Token left = operand();
    Token operator = peek();
    at++;
    Token right = operand();
    int order = compare(left, right);
    boolean equal =
        left.kind() == Token.Kind.STRING && right.kind() == Token.Kind.STRING
            ? PointNames.matchesGlob(right.text(), left.text())
            : order == 0;
    return switch (operator.text()) {
      case "==" -> equal;
      case "!=" -> !equal;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw broken("expected a comparison in a preprocessor condition");
    };
  }

  private Token operand() throws SyntaxException {
    Token token = peek();
    at++;
    return switch (token.kind()) {
      case NUMBER, STRING -> token;
      case IDENTIFIER -> new Token(Token.Kind.STRING, known(token), token.span());
      case MISSING_ARGUMENT, JUNK, BROKEN_DIRECTIVE -> throw broken(token.text());
      case KEYWORD, OPERATOR, EMBEDDED_CODE, END ->
          throw broken("expected a name, a number or a string in a preprocessor condition");
    };
  }

  private static String known(Token name) throws SyntaxException {
    return switch (name.text()) {
      case "arch" -> "x86_64";
      case "runtime" -> "kernel";
      case "systemtap_v" -> "4.8";
      case "systemtap_privilege" -> "stapdev";
      case "guru_mode" -> "0";
      case "kernel_v" -> "6.1.0";
      case "kernel_vr" -> "6.1.0-18-amd64";
      default -> {
        if (name.text().startsWith("CONFIG_")) {
          yield configured(name.text());
        }
        throw SyntaxException.at(
            StapCode.MALFORMED_DIRECTIVE,
            "no preprocessor condition on '" + name.text() + "'",
            name);
      }
    };
  }

  private static String configured(String name) {
    return switch (name) {
      case "CONFIG_HZ" -> "250";
      case "CONFIG_64BIT",
          "CONFIG_X86",
          "CONFIG_X86_64",
          "CONFIG_SMP",
          "CONFIG_MODULES",
          "CONFIG_PERF_EVENTS",
          "CONFIG_KPROBES",
          "CONFIG_UPROBES",
          "CONFIG_TRACEPOINTS",
          "CONFIG_HIGH_RES_TIMERS",
          "CONFIG_HZ_250",
          "CONFIG_PROC_FS" ->
          "y";
      default -> "n";
    };
  }

  private static int compare(Token left, Token right) {
    OptionalLong first = Literals.number(left.text());
    OptionalLong second = Literals.number(right.text());
    boolean numbers = left.kind() == Token.Kind.NUMBER || right.kind() == Token.Kind.NUMBER;
    if (numbers && first.isPresent() && second.isPresent()) {
      return Long.compare(first.getAsLong(), second.getAsLong());
    }
    return versions(left.text(), right.text());
  }

  /// Compares as strverscmp(3) does for version numbers: runs of digits as numbers, everything else
  /// byte by byte.
  private static int versions(String left, String right) {
    int i = 0;
    int j = 0;
    while (i < left.length() && j < right.length()) {
      int leftEnd = endOfDigits(left, i);
      int rightEnd = endOfDigits(right, j);
      if (leftEnd > i && rightEnd > j) {
        String first = left.substring(i, leftEnd);
        String second = right.substring(j, rightEnd);
        int longer = Math.max(first.length(), second.length());
        int order = padded(first, longer).compareTo(padded(second, longer));
        if (order != 0) {
          return order;
        }
        i = leftEnd;
        j = rightEnd;
      } else if (left.charAt(i) != right.charAt(j)) {
        return left.charAt(i) - right.charAt(j);
      } else {
        i++;
        j++;
      }
    }
    return (left.length() - i) - (right.length() - j);
  }

  private static String padded(String digits, int length) {
    return "0".repeat(length - digits.length()) + digits;
  }

  private static int endOfDigits(String text, int start) {
    int end = start;
    while (end < text.length() && Characters.isDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private Token peek() {
    return at < tokens.size() ? tokens.get(at) : end;
  }

  private SyntaxException broken(String message) {
    return SyntaxException.at(StapCode.MALFORMED_DIRECTIVE, message, peek(), Optional.empty());
  }
}
