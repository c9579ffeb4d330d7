package pytap.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs `oracle.py` in an interpreter; see README.md in [#FOLDER].
///
/// @param directory for the compiled recorder and for what is recorded
record Oracle(Path directory) {

  static final Path FOLDER = Path.of("src/test/resources/pytap/workload").toAbsolutePath();
  static final Path WORKLOAD = FOLDER.resolve("workload.py");

  /// Compiles the recorder.
  static Oracle in(Path directory) {
    Oracle oracle = new Oracle(directory);
    List<String> command = new ArrayList<>(List.of("cc", "-O2", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-shared", "-fPIC", "-o", oracle.library().toString()));
    command.addAll(List.of(FOLDER.resolve("recorder.c").toString(), "-lpthread"));
    Command.run(new ProcessBuilder(command)).succeeded();
    return oracle;
  }

  /// The lines `THREAD EVENT FILE FUNCTION LINE KIND` of a run of the workload.
  ///
  /// @param recorder `native`, `setprofile` or `monitoring`
  List<String> record(Interpreter python, String recorder, String... workloadOptions) {
    Path output = directory.resolve("oracle.out");
    List<String> arguments = new ArrayList<>();
    arguments.add(FOLDER.resolve("oracle.py").toString());
    arguments.addAll(List.of("--kinds", "--recorder", recorder));
    arguments.addAll(List.of("--library", library().toString()));
    arguments.addAll(List.of(output.toString(), WORKLOAD.toString()));
    arguments.addAll(List.of(workloadOptions));
    Command.run(python.process(arguments)).succeeded();
    return read(output);
  }

  private static List<String> read(Path output) {
    try {
      return new String(Files.readAllBytes(output), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The lines `THREAD line FILE FUNCTION LINE` of a run of the workload, on 3.12 or later.
  List<String> recordLines(Interpreter python) {
    Path output = directory.resolve("lines.out");
    List<String> arguments = new ArrayList<>();
    arguments.add(FOLDER.resolve("line_oracle.py").toString());
    arguments.addAll(List.of(library().toString(), output.toString(), WORKLOAD.toString()));
    Command.run(python.process(arguments)).succeeded();
    return read(output);
  }

  private Path library() {
    return directory.resolve("recorder.so");
  }
}
