package pytap.gen.jvm;

import pytap.source.Diagnostic;

/// What can be wrong with a script only when code is made of it.
public enum GenerationCode implements Diagnostic.Code {
  /// A handler or function needs more than the 64 KiB of code that a JVM method holds.
  BODY_TOO_LARGE;

  @Override
  public Diagnostic.Severity severity() {
    return Diagnostic.Severity.SEMANTIC_ERROR;
  }
}
