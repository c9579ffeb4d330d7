package pytap.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/// A running program to attach to: it calls `waiting()` until it is told to go, and ends at the
/// latest when this is closed.
final class Target implements AutoCloseable {

  static final Path FOLDER = Path.of("src/test/resources/pytap/endtoend");

  private final Process process;
  private boolean going;

  private Target(Process process) {
    this.process = process;
  }

  static Target workload(Interpreter python) {
    return start(python.process(List.of(Oracle.WORKLOAD.toString(), "--wait")));
  }

  /// Runs the program when told to go, and ends when told to finish.
  static Target program(Interpreter python, Path program) {
    Path attached = FOLDER.resolve("attached.py");
    return start(python.process(List.of(attached.toString(), program.toString())));
  }

  private static Target start(ProcessBuilder builder) {
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      Process process = builder.start();
      String first = process.inputReader().readLine();
      if (!"ready".equals(first)) {
        Command.end(process);
        throw new AssertionError(builder.command() + " says " + first);
      }
      return new Target(process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  /// Tells it to go, the first time that this is called.
  void go() {
    if (!going) {
      going = true;
      try {
        process.outputWriter().append("go\n").flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  void finish() {
    try {
      process.outputWriter().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Command.end(process);
  }
}
