package pytap.target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// The separate file of debugging information of a stripped one, found as gdb finds it: by the
/// build id, then by the name that the stripped file gives.
public final class DebugFile {
  private static final Path ROOT = Path.of("/usr/lib/debug");

  private DebugFile() {}

  /// The one that belongs to `file`, which was opened by its path.
  public static Optional<ElfFile> of(ElfFile file) throws FormatException {
    Optional<ElfFile> named = byBuildId(file);
    return named.isPresent() ? named : byLink(file);
  }

  private static Optional<ElfFile> byBuildId(ElfFile file) throws FormatException {
    Optional<String> id = file.buildId();
    if (id.isEmpty() || id.get().length() < 4) {
      return Optional.empty();
    }
    Path directory = ROOT.resolve(".build-id").resolve(id.get().substring(0, 2));
    return open(directory.resolve(id.get().substring(2) + ".debug"));
  }

  /// A file of that name may be of another build: its checksum tells.
  private static Optional<ElfFile> byLink(ElfFile file) throws FormatException {
    Optional<ElfFile.DebugLink> link = file.debugLink();
    if (link.isEmpty()) {
      return Optional.empty();
    }
    for (Path directory : directories(Path.of(file.name()))) {
      Path path = directory.resolve(link.get().name());
      if (Files.isRegularFile(path) && checksum(path) == link.get().checksum()) {
        return open(path);
      }
    }
    return Optional.empty();
  }

  private static List<Path> directories(Path file) {
    List<Path> directories = new ArrayList<>();
    try {
      Path own = file.toRealPath().resolveSibling("");
      directories.add(own);
      directories.add(own.resolve(".debug"));
      directories.add(Path.of(ROOT + own.toString()));
    } catch (IOException gone) {
      return List.of();
    }
    return directories;
  }

  private static int checksum(Path path) {
    try {
      CRC32 sum = new CRC32();
      sum.update(Files.readAllBytes(path));
      return (int) sum.getValue();
    } catch (IOException unreadable) {
      return 0;
    }
  }

  private static Optional<ElfFile> open(Path path) {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try {
      return Optional.of(ElfFile.open(path));
    } catch (IOException | FormatException unusable) {
      return Optional.empty(); // the file's own exported symbols have to do
    }
  }
}
