package pytap.stap;

import java.util.List;
import java.util.Optional;
import pytap.source.Diagnostic;
import pytap.source.Span;

/// Carries a parse error up to the place from which the parser goes on.
final class SyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Diagnostic diagnostic;

  private SyntaxException(Diagnostic diagnostic) {
    super(diagnostic.message(), null, false, false);
    this.diagnostic = diagnostic;
  }

  Diagnostic diagnostic() {
    return diagnostic;
  }

  static SyntaxException at(StapCode code, String message, Token token) {
    return at(code, message, token, Optional.empty());
  }

  /// @param token what was seen; the end of the file has no subject
  static SyntaxException at(StapCode code, String message, Token token, Optional<String> hint) {
    Optional<String> subject =
        token.kind() == Token.Kind.END ? Optional.empty() : Optional.of(token.subject());
    Optional<Span> span = Optional.of(token.span());
    return new SyntaxException(new Diagnostic(code, message, subject, span, hint, List.of()));
  }
}
