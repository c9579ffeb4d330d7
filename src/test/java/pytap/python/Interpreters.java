package pytap.python;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The interpreters that the tests read, and the tools that make variants of them. What is missing
/// fails the test that asks for it.
final class Interpreters {
  private static final Path VERSIONS = Path.of(System.getProperty("user.home"), ".pyenv/versions");

  private Interpreters() {}

  /// The directory into which pyenv installed `version`.
  static Path home(String version) {
    return VERSIONS.resolve(version);
  }

  /// The shared library that holds the interpreter of pyenv's `version`.
  static Path library(String version) throws IOException {
    return only(home(version).resolve("lib"), "libpython[0-9.m]+\\.so\\.1\\.0");
  }

  /// A file that `src/test/pythons/fetch` got.
  static Path fetched(String name) throws IOException {
    String caches = System.getenv("XDG_CACHE_HOME");
    String chosen = System.getenv("PYTAP_PYTHONS");
    Path cache =
        caches == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(caches);
    Path file = (chosen == null ? cache.resolve("pytap/pythons") : Path.of(chosen)).resolve(name);
    if (!Files.exists(file)) {
      throw new IOException("no " + file + ": run src/test/pythons/fetch");
    }
    return file;
  }

  /// What the interpreter says its version is.
  static String reportedVersion(Path executable) throws IOException, InterruptedException {
    return run(executable.toString(), "-c", "import platform; print(platform.python_version())")
        .strip();
  }

  /// A copy of `file` without symbol table and debug information.
  static Path stripped(Path file, Path directory) throws IOException, InterruptedException {
    Path copy = directory.resolve(file.getFileName() + ".stripped");
    run("strip", "--strip-all", "-o", copy.toString(), file.toString());
    return copy;
  }

  /// An executable into which the interpreter of `version` is linked.
  static Path linkedStatically(String version, Path directory, String... options)
      throws IOException, InterruptedException {
    String minor = version.substring(0, version.lastIndexOf('.'));
    Path library = home(version).resolve("lib/python" + minor);
    Path config = only(library, "config(-.*)?");
    Path archive = only(config, "libpython[0-9.m]+\\.a");
    Path source = directory.resolve("main.c");
    Files.writeString(source, "int Py_Main(); int main(void) { return Py_Main(0, 0); }\n");
    Path program = directory.resolve("python" + version + String.join("", options));
    List<String> command = new ArrayList<>(List.of("gcc", "-o", program.toString()));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            source.toString(),
            "-Wl,-export-dynamic",
            "-Wl,--whole-archive",
            archive.toString(),
            "-Wl,--no-whole-archive",
            "-lpthread",
            "-ldl",
            "-lutil",
            "-lm"));
    run(command.toArray(String[]::new));
    return program;
  }

  /// A shared library made of assembly text and C text.
  static Path library(Path directory, String assembly, String c)
      throws IOException, InterruptedException {
    Path assemblyFile = directory.resolve("part.s");
    Path source = directory.resolve("part.c");
    Files.writeString(assemblyFile, assembly + "\n.section .note.GNU-stack,\"\",@progbits\n");
    Files.writeString(source, c);
    Path library = directory.resolve("libfake.so");
    run(
        "gcc",
        "-shared",
        "-fPIC",
        "-O1",
        "-o",
        library.toString(),
        assemblyFile.toString(),
        source.toString());
    return library;
  }

  /// What gcc makes of C text.
  static Path built(Path directory, String options, String c)
      throws IOException, InterruptedException {
    Path source = Files.writeString(directory.resolve("built.c"), c);
    Path file = directory.resolve("built");
    List<String> command = new ArrayList<>(List.of("gcc", "-o", file.toString()));
    command.addAll(List.of(options.split(" ", -1)));
    command.add(source.toString());
    run(command.toArray(String[]::new));
    return file;
  }

  private static Path only(Path directory, String pattern) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches(pattern))
          .findFirst()
          .orElseThrow(() -> new IOException("no " + pattern + " in " + directory));
    }
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("failed: " + String.join(" ", command) + "\n" + output);
    }
    return output;
  }
}
