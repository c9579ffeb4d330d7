package pytap.stap;

import java.util.OptionalLong;
import pytap.probe.Glob;

/// One comparison of the condition of a `%( … %?`.
///
/// `arch` is `x86_64`, `runtime` is `kernel`; `systemtap_v`, `kernel_v` and `kernel_vr` are those
/// of the system whose behaviour pytap has, SystemTap 4.8 on Debian 12, whatever it runs on:
/// compiling does not look at the machine. `CONFIG_NAME` is `y` for what a kernel that can trace
/// user-space has, a number for what has one, and nothing for the rest: the empty text, and 0.
final class DirectiveCondition {
  private DirectiveCondition() {}

  static boolean holds(Token left, Token operator, Token right) throws SyntaxException {
    if (left.kind() == Token.Kind.IDENTIFIER) {
      return known(left, operator, right);
    }
    if (left.kind() == Token.Kind.STRING && right.kind() == Token.Kind.STRING) {
      return ordered(left.text().compareTo(right.text()), operator);
    }
    if (left.kind() == Token.Kind.NUMBER && right.kind() == Token.Kind.NUMBER) {
      return ordered(Long.compare(number(left), number(right)), operator);
    }
    if (left.kind() == Token.Kind.STRING && right.kind() == Token.Kind.NUMBER) {
      throw Preprocessor.broken("expected string literal as right value", right);
    }
    if (left.kind() == Token.Kind.NUMBER && right.kind() == Token.Kind.STRING) {
      throw Preprocessor.broken("expected number literal as right value", right);
    }
    throw unknown(left);
  }

  private static SyntaxException unknown(Token left) {
    return switch (left.kind()) {
      case MISSING_ARGUMENT, JUNK -> Preprocessor.broken(left.text(), left);
      case IDENTIFIER, KEYWORD, OPERATOR, STRING, NUMBER, EMBEDDED_CODE, END ->
          Preprocessor.broken(
              """
              expected 'arch', 'kernel_v', 'kernel_vr', 'systemtap_v',
                           'runtime', 'systemtap_privilege', 'CONFIG_...', or
                           comparison between strings or integers\
              """,
              left);
    };
  }

  private static boolean known(Token name, Token operator, Token right) throws SyntaxException {
    return switch (name.text()) {
      case "kernel_v" -> version("6.1.0", operator, right);
      case "kernel_vr" -> version("6.1.0-18-amd64", operator, right);
      case "systemtap_v" -> version("4.8", operator, right);
      case "systemtap_privilege" -> {
        String text = string(right);
        yield equal("stapdev".equals(text), operator);
      }
      case "guru_mode" -> guru(operator, right);
      case "arch" -> equal(Glob.fits(string(right), "x86_64"), operator);
      case "runtime" -> equal(Glob.fits(string(right), "kernel"), operator);
      default -> {
        if (!name.text().startsWith("CONFIG_")) {
          throw unknown(name);
        }
        yield configuration(name, operator, right);
      }
    };
  }

  private static boolean guru(Token operator, Token right) throws SyntaxException {
    if (right.kind() != Token.Kind.NUMBER) {
      throw Preprocessor.broken("expected number", right);
    }
    long wanted = number(right);
    if (wanted != 0 && wanted != 1) {
      throw Preprocessor.broken("expected 0 or 1", operator);
    }
    return equal(wanted == 0, operator);
  }

  private static boolean version(String ours, Token operator, Token right) throws SyntaxException {
    String wanted = string(right);
    if (!isPattern(wanted)) {
      return ordered(versions(ours, wanted), operator);
    }
    if (!operator.isOperator("==") && !operator.isOperator("!=")) {
      isComparison(operator);
      throw Preprocessor.broken("wildcard not allowed with order comparison operators", operator);
    }
    return equal(Glob.fits(wanted, ours), operator);
  }

  private static boolean isPattern(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
  }

  private static boolean configuration(Token name, Token operator, Token right)
      throws SyntaxException {
    String ours = configured(name.text());
    if (right.kind() == Token.Kind.STRING) {
      return equal(Glob.fits(right.text(), ours), operator);
    }
    if (right.kind() == Token.Kind.NUMBER) {
      return ordered(Long.compare(numberOf(ours, name), number(right)), operator);
    }
    if (right.kind() == Token.Kind.IDENTIFIER && right.text().startsWith("CONFIG_")) {
      String other = configured(right.text());
      boolean numbers = isNumber(ours) && isNumber(other);
      return ordered(
          numbers
              ? Long.compare(numberOf(ours, name), numberOf(other, right))
              : ours.compareTo(other),
          operator);
    }
    throw Preprocessor.broken(
        "expected string, number literal or other CONFIG_... as right side operand", right);
  }

  private static boolean isNumber(String text) {
    return text.isEmpty() || Literals.number(text).isPresent();
  }

  private static long numberOf(String text, Token name) throws SyntaxException {
    if (!isNumber(text)) {
      throw Preprocessor.broken("Config option value not a number", name);
    }
    return text.isEmpty() ? 0 : Literals.number(text).orElseThrow();
  }

  private static String configured(String name) {
    return switch (name) {
      case "CONFIG_HZ" -> "250";
      case "CONFIG_NR_CPUS" -> "8192";
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
      default -> "";
    };
  }

  private static String string(Token token) throws SyntaxException {
    if (token.kind() != Token.Kind.STRING) {
      throw Preprocessor.broken("expected string literal", token);
    }
    return token.text();
  }

  private static long number(Token token) throws SyntaxException {
    OptionalLong value = Literals.number(token.text());
    if (value.isEmpty()) {
      throw Preprocessor.broken("number invalid or out of range", token);
    }
    return value.getAsLong();
  }

  private static boolean equal(boolean equal, Token operator) throws SyntaxException {
    if (operator.isOperator("==")) {
      return equal;
    }
    if (operator.isOperator("!=")) {
      return !equal;
    }
    throw Preprocessor.broken("expected '==' or '!='", operator);
  }

  private static void isComparison(Token operator) throws SyntaxException {
    ordered(0, operator);
  }

  private static boolean ordered(int order, Token operator) throws SyntaxException {
    String text = operator.kind() == Token.Kind.OPERATOR ? operator.text() : "";
    return switch (text) {
      case "==" -> order == 0;
      case "!=" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw Preprocessor.broken("expected comparison operator", operator);
    };
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
}
