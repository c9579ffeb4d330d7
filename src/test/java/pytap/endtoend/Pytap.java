package pytap.endtoend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// `./pytap`, run as a user runs it.
final class Pytap {

  private static final Path LAUNCHER = Path.of("pytap").toAbsolutePath();

  private Pytap() {}

  /// Runs it to its end.
  static Command run(Map<String, String> environment, List<String> arguments) {
    return Command.run(process(environment, arguments));
  }

  /// Traces `command` in that interpreter's environment, with `-c`.
  static Command launch(Engine engine, Interpreter python, String script, String command) {
    return run(python.environment(), engine.with(List.of("-e", script, "-c", command)));
  }

  /// Traces the target with `-x` to its end.
  ///
  /// @param onLine is given each line as soon as it is printed, and tells the target what to do
  static Command attach(
      Engine engine, Target target, List<String> script, Consumer<String> onLine) {
    List<String> arguments = new ArrayList<>(engine.with(script));
    arguments.addAll(List.of("-x", Long.toString(target.pid())));
    return Command.run(process(Map.of(), arguments), onLine);
  }

  static ProcessBuilder process(Map<String, String> environment, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(LAUNCHER.toString());
    command.addAll(arguments);
    return Command.builder(environment, command);
  }
}
