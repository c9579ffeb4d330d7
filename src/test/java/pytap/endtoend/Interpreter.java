package pytap.endtoend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A Python to trace.
///
/// @param version as it says itself: `3.10.13`
/// @param build how its file differs from the installed one: `shared`, `shared stripped`, `static`;
///   or where it comes from: `Debian 12`, `free-threaded`
/// @param executable the file to run: the interpreter, or a script that ends in it
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
    return build.startsWith("shared");
  }

  /// Whether it runs hot code in traces when PYTHON_JIT=1 is set, and only then.
  boolean hasJit() {
    return build.equals("Debian unstable");
  }

  /// The file to name in `process("...")`: what the process is seen to run.
  Path program() {
    return isShared() ? executable : codeFile;
  }

  /// The same for all builds of which the workload asks the same.
  String dialect() {
    return version + (build.equals("free-threaded") ? "t" : "");
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
