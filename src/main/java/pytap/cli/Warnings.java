package pytap.cli;

import java.util.ArrayList;
import java.util.List;
import pytap.source.Diagnostic;

/// What `-w` and `-W` make of warnings.
final class Warnings {
  /// A warning that `-W` makes an error.
  private enum Code implements Diagnostic.Code {
    WARNING_AS_ERROR;

    @Override
    public Diagnostic.Severity severity() {
      return Diagnostic.Severity.SEMANTIC_ERROR;
    }
  }

  private Warnings() {}

  static List<Diagnostic> treated(List<Diagnostic> diagnostics, Options.Warnings treatment) {
    List<Diagnostic> treated = new ArrayList<>();
    for (Diagnostic diagnostic : diagnostics) {
      if (diagnostic.code().severity() != Diagnostic.Severity.WARNING) {
        treated.add(diagnostic);
      } else if (treatment == Options.Warnings.SHOWN) {
        treated.add(diagnostic);
      } else if (treatment == Options.Warnings.ERRORS) {
        treated.add(
            new Diagnostic(
                Code.WARNING_AS_ERROR,
                diagnostic.message(),
                diagnostic.subject(),
                diagnostic.span(),
                diagnostic.hint(),
                diagnostic.notes()));
      }
    }
    return treated;
  }

  static boolean anyError(List<Diagnostic> diagnostics) {
    for (Diagnostic diagnostic : diagnostics) {
      if (diagnostic.code().severity() != Diagnostic.Severity.WARNING) {
        return true;
      }
    }
    return false;
  }
}
