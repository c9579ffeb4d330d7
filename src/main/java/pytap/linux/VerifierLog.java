package pytap.linux;

/// Why the kernel's verifier refused a program of ours. The cause of the
/// [pytap.source.TracerException] that [BpfProgram#load] throws, so that whoever reports it can
/// write the text into a file.
public final class VerifierLog extends Exception {
  private static final long serialVersionUID = 1L;

  private final String program;
  private final String text;

  VerifierLog(String program, String text) {
    super("verifier log of " + program);
    this.program = program;
    this.text = text;
  }

  /// The name of the program.
  public String program() {
    return program;
  }

  /// The verifier's own words, many lines, and the disassembly of the program after them.
  public String text() {
    return text;
  }
}
