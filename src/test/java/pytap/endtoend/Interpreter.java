package pytap.endtoend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A Python to trace.
///
/// @param version as it says itself: `3.10.13`
/// @param build how its file differs from the installed one: `shared`, `shared stripped`, `static`
/// @param executable the file to run
/// @param codeFile the file that holds the evaluation loop: the executable or its libpython
/// @param environment what must be set for it to find its library and modules
record Interpreter(
    String version, String build, Path executable, Path codeFile, Map<String, String> environment) {

  Interpreter {
    environment = Map.copyOf(environment);
  }

  /// `3.10` of `3.10.13`.
  String minorVersion() {
    return version.substring(0, version.lastIndexOf('.'));
  }

  boolean isShared() {
    return !codeFile.equals(executable);
  }

  ProcessBuilder process(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(executable.toString());
    command.addAll(arguments);
    return Command.builder(environment, command);
  }

  @Override
  public String toString() {
    return "Python " + version + " (" + build + ")";
  }
}
