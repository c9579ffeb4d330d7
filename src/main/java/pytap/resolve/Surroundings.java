package pytap.resolve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import pytap.source.TracerException;

/// The part of the environment that finding programs depends on.
///
/// @param searchPath `PATH`
/// @param libraryPath `LD_LIBRARY_PATH`, empty where it is not set
/// @param directory the working directory
public record Surroundings(String searchPath, String libraryPath, Path directory) {

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
}
