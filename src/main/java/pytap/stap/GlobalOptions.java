package pytap.stap;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.ir.Expr;

/// Initial values that the command line gives to globals (`-G name=value`).
final class GlobalOptions {
  private GlobalOptions() {}

  /// The initial values that `options` gives to scalars among `globals`, whose types are known. A
  /// value that does not fit is said.
  static Map<Variable, Expr> initials(
      Collection<Variable> globals, Map<String, String> options, Findings findings) {
    Map<Variable, Expr> initials = new HashMap<>();
    for (Variable global : globals) {
      String value = options.get(global.name());
      if (value == null || global.arity() > 0) {
        continue;
      }
      if (global.type() == ValueType.STRING) {
        initials.put(global, new Expr.StringConstant(value, global.token().span()));
      } else if (global.type() == ValueType.LONG) {
        number(global, value, findings).ifPresent(number -> initials.put(global, number));
      }
    }
    return initials;
  }

  private static Optional<Expr> number(Variable global, String value, Findings findings) {
    boolean negative = value.startsWith("-");
    OptionalLong number = Literals.number(negative ? value.substring(1) : value);
    if (number.isPresent()) {
      long magnitude = number.getAsLong();
      long signed = negative ? -magnitude : magnitude;
      return Optional.of(new Expr.LongConstant(signed, global.token().span()));
    }
    findings.report(
        StapCode.GLOBAL_OPTION,
        "-G gives '" + value + "' to a number",
        global.token(),
        "numbers are decimal, 0x hexadecimal or 0 octal");
    return Optional.empty();
  }
}
