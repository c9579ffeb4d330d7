package pytap.target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// The separate file of debugging information of a file, which its build id names.
final class DebugFile {
  private static final Path DEBUG_FILES = Path.of("/usr/lib/debug/.build-id");

  private DebugFile() {}

  static Optional<ElfFile> of(ElfFile file) throws FormatException {
    Optional<String> id = file.buildId();
    if (id.isEmpty() || id.get().length() < 4) {
      return Optional.empty();
    }
    Path path =
        DEBUG_FILES.resolve(id.get().substring(0, 2)).resolve(id.get().substring(2) + ".debug");
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try {
      return Optional.of(ElfFile.open(path));
    } catch (IOException | FormatException unusable) {
      return Optional.empty(); // what the file itself has must do
    }
  }
}
