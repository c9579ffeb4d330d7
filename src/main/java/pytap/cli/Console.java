package pytap.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import pytap.session.Notices;

/// Standard output and standard error of the command itself. Text from scripts has a character for
/// each byte and is written as it came.
final class Console implements Notices {
  private final PrintStream out;
  private final PrintStream err;
  private final int verbosity;
  private final boolean hidesWarnings;
  private final boolean color;

  Console(PrintStream out, PrintStream err, int verbosity) {
    this(out, err, verbosity, false, false);
  }

  /// @param hidesWarnings `-w`
  /// @param color `--color`
  Console(PrintStream out, PrintStream err, int verbosity, boolean hidesWarnings, boolean color) {
    this.out = out;
    this.err = err;
    this.verbosity = verbosity;
    this.hidesWarnings = hidesWarnings;
    this.color = color;
  }

  @Override
  public void say(String line) {
    if (!hidesWarnings || !line.startsWith("WARNING:")) {
      line(err, color ? Colors.paint(line) : line);
    }
  }

  @Override
  public void detail(int level, String line) {
    if (verbosity >= level) {
      line(err, line);
    }
  }

  /// Text for standard output.
  void print(String text) {
    bytes(out, text);
  }

  /// Text for standard error, its newlines included.
  void complain(String text) {
    bytes(err, color ? Colors.paint(text) : text);
  }

  private static void line(PrintStream stream, String line) {
    bytes(stream, line + "\n");
  }

  /// Characters that are no bytes come from pytap's own messages, such as file names.
  private static void bytes(PrintStream stream, String text) {
    boolean allBytes = true;
    for (int i = 0; i < text.length(); i++) {
      allBytes &= text.charAt(i) < 0x100;
    }
    stream.writeBytes(
        text.getBytes(allBytes ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
    stream.flush();
  }
}
