package pytap.stap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.source.Diagnostic;
import pytap.source.Span;

/// The diagnostics of one compile, in the order in which they were found, each once.
final class Findings {
  private record Seen(StapCode code, Optional<Span> span) {}

  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private final Set<Seen> seen = new HashSet<>();
  private boolean failed;

  void add(Diagnostic diagnostic) {
    if (diagnostic.code() instanceof StapCode code
        && diagnostic.span().isPresent()
        && !seen.add(new Seen(code, diagnostic.span()))) {
      return;
    }
    diagnostics.add(diagnostic);
    failed |= diagnostic.code().severity() != Diagnostic.Severity.WARNING;
  }

  void addAll(List<Diagnostic> found) {
    for (Diagnostic diagnostic : found) {
      add(diagnostic);
    }
  }

  void report(StapCode code, String message, Token token) {
    add(about(code, message, token, Optional.empty(), List.of()));
  }

  void report(StapCode code, String message, Token token, String hint) {
    add(about(code, message, token, Optional.of(hint), List.of()));
  }

  void report(StapCode code, String message, Token token, Diagnostic note) {
    add(about(code, message, token, Optional.empty(), List.of(note)));
  }

  void report(
      StapCode code, String message, Token token, Optional<String> hint, List<Diagnostic> notes) {
    add(about(code, message, token, hint, notes));
  }

  /// A diagnostic to hang under another one.
  static Diagnostic note(StapCode code, String message, Token token) {
    return about(code, message, token, Optional.empty(), List.of());
  }

  /// A note without a place.
  static Diagnostic note(StapCode code, String message) {
    return new Diagnostic(
        code, message, Optional.empty(), Optional.empty(), Optional.empty(), List.of());
  }

  private static Diagnostic about(
      StapCode code, String message, Token token, Optional<String> hint, List<Diagnostic> notes) {
    return new Diagnostic(
        code, message, Optional.of(token.subject()), Optional.of(token.span()), hint, notes);
  }

  /// Whether anything but warnings was found.
  boolean failed() {
    return failed;
  }

  List<Diagnostic> all() {
    return List.copyOf(diagnostics);
  }
}
