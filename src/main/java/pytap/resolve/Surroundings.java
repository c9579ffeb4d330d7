package pytap.resolve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.source.TracerException;

/// The part of the environment that finding programs and places in them depends on.
///
/// @param searchPath `PATH`
/// @param libraryPath `LD_LIBRARY_PATH`, empty where it is not set
/// @param directory the working directory
/// @param kept where what was found in files is kept for the next start of this build of pytap;
///   empty where it is not
public record Surroundings(
    String searchPath, String libraryPath, Path directory, Optional<Path> kept) {

  /// Where nothing is kept.
  public Surroundings(String searchPath, String libraryPath, Path directory) {
    this(searchPath, libraryPath, directory, Optional.empty());
  }

  /// Whether `name`, as `process("NAME")` has it, means the program `file`. One that cannot be
  /// found means none.
  public boolean names(String name, Path file) {
    Optional<Path> meant = program(name);
    try {
      return meant.isPresent() && Files.isSameFile(meant.get(), file);
    } catch (IOException notThere) {
      return false;
    }
  }

  /// The program that `name` means; empty where there is none.
  public Optional<Path> program(String name) {
    try {
      return Optional.of(new ProgramSearch(this).program(name));
    } catch (TracerException notThere) {
      return Optional.empty();
    }
  }

  /// The file that `name` means, a path or a program on PATH, and behind it the libraries that it
  /// needs which are called after Python.
  ///
  /// @throws TracerException where there is none, or it cannot be read
  public List<Path> filesOf(String name) throws TracerException {
    Path given = directory.resolve(name);
    Path file = Files.isRegularFile(given) ? given : new ProgramSearch(this).program(name);
    List<Path> files = new ArrayList<>(List.of(file));
    try {
      for (Path library : new LibrarySearch(libraryPath).needed(file)) {
        if (library.getFileName().toString().contains("python")) {
          files.add(library);
        }
      }
    } catch (IOException unreadable) {
      throw FileCatalog.unreadable(file, unreadable);
    }
    return files;
  }
}
