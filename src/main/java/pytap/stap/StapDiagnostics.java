package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.ir.Probe;
import pytap.source.Diagnostic;

/// Diagnostics that only the session can find, in the words of this language.
public final class StapDiagnostics {
  private StapDiagnostics() {}

  /// The point of `probe` names something that is not there.
  ///
  /// @param reason what was tried, what was found, what to do
  public static Diagnostic unresolved(Probe probe, String reason) {
    return new Diagnostic(
        StapCode.UNRESOLVED_PROBE_POINT,
        "while resolving probe point",
        Optional.of("identifier '" + probe.written().components().getFirst().name() + "'"),
        Optional.of(probe.span()),
        Optional.of(reason),
        List.of(Findings.note(StapCode.UNRESOLVED_PROBE_POINT, "no match")));
  }
}
