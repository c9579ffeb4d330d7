package pytap.gen.jvm;

import pytap.source.Diagnostic;

/// What came of generating handlers.
public sealed interface Generation {
  record Made(HandlerClass handlers) implements Generation {}

  /// The script asks for what a JVM cannot hold: a handler or function with too much code.
  record Refused(Diagnostic diagnostic) implements Generation {}
}
