package pytap.resolve;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.linux.Command;
import pytap.probe.Glob;
import pytap.source.TracerException;

/// From the name of a program, as `process("NAME")` has it, to the file that will run.
final class ProgramSearch {
  /// Asked of a wrapper script: the file of the interpreter that it ends in. Runs on every version
  /// of Python.
  private static final String WHICH = "import os; print(os.readlink('/proc/self/exe'))";

  private final Surroundings surroundings;

  ProgramSearch(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// The program called `name`: a path, or a name on PATH. A wrapper script for Python (pyenv's
  /// shims are such) is run once with a one-line program to learn the interpreter that it ends in.
  ///
  /// @throws TracerException COMMAND_NOT_FOUND
  Path program(String name) throws TracerException {
    Path file = onPath(name);
    if (!isScript(file)) {
      return file;
    }
    Optional<Path> end = Command.firstLine(List.of(file.toString(), "-c", WHICH)).map(Path::of);
    if (end.isEmpty() || !Files.isRegularFile(end.get())) {
      throw new TracerException(
          TracerException.Kind.NOT_CPYTHON,
          "find the interpreter that the script " + file + " ends in",
          "it did not run `-c \"" + WHICH + "\"`",
          "name the interpreter itself: process(\"/path/to/python3\")");
    }
    return end.get();
  }

  /// The files that `pattern` fits, a path or a name on PATH, each once.
  List<Path> fitting(String pattern) {
    List<Path> found = new ArrayList<>();
    if (pattern.indexOf('/') >= 0) {
      found.add(pattern.startsWith("/") ? Path.of("/") : surroundings.directory());
      for (String part : pattern.split("/", -1)) {
        if (!part.isEmpty()) {
          found = children(found, part);
        }
      }
    } else {
      for (String directory : surroundings.searchPath().split(":", -1)) {
        Path path = surroundings.directory().resolve(directory.isEmpty() ? "." : directory);
        found.addAll(children(List.of(path), pattern));
      }
    }
    Set<Path> files = new LinkedHashSet<>();
    found.forEach(file -> realFile(file).ifPresent(files::add));
    return List.copyOf(files);
  }

  private static Optional<Path> realFile(Path file) {
    try {
      return Files.isRegularFile(file) ? Optional.of(file.toRealPath()) : Optional.empty();
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static List<Path> children(List<Path> directories, String part) {
    List<Path> found = new ArrayList<>();
    for (Path directory : directories) {
      if (!Glob.isPattern(part)) {
        found.add(directory.resolve(part));
      } else {
        found.addAll(fitting(directory, part));
      }
    }
    found.sort(Path::compareTo);
    return found;
  }

  private static List<Path> fitting(Path directory, String part) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Glob.fits(part, entry.getFileName().toString())) {
          found.add(entry);
        }
      }
    } catch (IOException noDirectory) {
      return List.of();
    }
    return found;
  }

  private Path onPath(String name) throws TracerException {
    if (name.indexOf('/') >= 0) {
      Path path = surroundings.directory().resolve(name);
      if (Files.isRegularFile(path)) {
        return path;
      }
      throw notFound(name, "there is no such file");
    }
    for (String directory : surroundings.searchPath().split(":", -1)) {
      Path path = surroundings.directory().resolve(directory.isEmpty() ? "." : directory);
      Path file = path.resolve(name);
      if (Files.isRegularFile(file) && Files.isExecutable(file)) {
        return file;
      }
    }
    throw notFound(name, "it is not in any directory of PATH");
  }

  private static TracerException notFound(String name, String found) {
    return new TracerException(
        TracerException.Kind.COMMAND_NOT_FOUND,
        "find the program " + name,
        found,
        "give its full path");
  }

  private static boolean isScript(Path file) throws TracerException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == '#' && in.read() == '!';
    } catch (IOException unreadable) {
      throw new TracerException(
          TracerException.Kind.FILE_UNREADABLE,
          "read " + file,
          String.valueOf(unreadable.getMessage()),
          "check that you may read it");
    }
  }
}
