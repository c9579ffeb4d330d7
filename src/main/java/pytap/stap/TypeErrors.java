package pytap.stap;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.source.Diagnostic;

/// What type inference has to say; it says it only in its last round.
final class TypeErrors {
  private final Findings findings;
  private final Set<Variable> saidOf = new HashSet<>();
  private boolean reporting;

  TypeErrors(Findings findings) {
    this.findings = findings;
  }

  void startReporting() {
    reporting = true;
  }

  /// A variable whose type nothing shows; said once.
  void unresolved(Variable variable, Token token) {
    if (reporting && saidOf.add(variable)) {
      unresolved(token);
    }
  }

  /// Room for one value cannot run over.
  void wrapped(Token global) {
    if (reporting) {
      findings.report(
          StapCode.WRAPPED_SCALAR,
          "wrapping not supported for scalars",
          global,
          "% behind an array's name lets new elements replace the oldest");
    }
  }

  /// A call or another expression whose type nothing shows.
  void unresolved(Token token) {
    if (reporting) {
      findings.report(
          StapCode.UNRESOLVED_TYPE,
          "unresolved type ",
          token,
          "nothing shows whether it is a number or a string: assign to it, or return a value");
    }
  }

  /// A value of a known type where another is wanted.
  void mismatch(Token token, ValueType wanted, ValueType found) {
    if (reporting) {
      findings.report(
          StapCode.TYPE_MISMATCH,
          "type mismatch: expected " + wanted.text() + " but found " + found.text(),
          token);
    }
  }

  /// A name whose type was settled elsewhere.
  void mismatch(Token token, ValueType wanted, ValueType found, Optional<Token> inferredAt) {
    if (!reporting) {
      return;
    }
    List<Diagnostic> notes =
        inferredAt.isEmpty()
            ? List.of()
            : List.of(
                Findings.note(
                    StapCode.TYPE_MISMATCH,
                    "type was first inferred here (" + found.text() + ")",
                    inferredAt.get()));
    findings.report(
        StapCode.TYPE_MISMATCH,
        "type mismatch (" + wanted.text() + ")",
        token,
        Optional.empty(),
        notes);
  }

  /// A statistic where a value is wanted.
  void statistic(Token token) {
    if (reporting) {
      findings.report(
          StapCode.MISPLACED_STATISTIC,
          "a statistic has no value of its own",
          token,
          "ask it for @count, @sum, @min, @max, @avg or @variance");
    }
  }

  /// Two sides of an operator.
  void disagreement(Token operator, ValueType left, ValueType right) {
    if (reporting) {
      findings.report(
          StapCode.TYPE_MISMATCH,
          "type mismatch: left and right sides don't agree ("
              + left.text()
              + " vs "
              + right.text()
              + ")",
          operator);
    }
  }
}
