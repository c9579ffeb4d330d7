package pytap.resolve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// Which libraries a program will load, by the rules of the dynamic linker (ld.so(8)): RPATH where
/// there is no RUNPATH, `LD_LIBRARY_PATH`, RUNPATH, the linker's cache, the default directories.
final class LibrarySearch {
  private static final List<String> DEFAULT_DIRECTORIES =
      List.of(
          "/lib/x86_64-linux-gnu",
          "/usr/lib/x86_64-linux-gnu",
          "/lib64",
          "/usr/lib64",
          "/lib",
          "/usr/lib",
          "/usr/local/lib");

  private final String libraryPath;
  private final Map<String, Path> found = new LinkedHashMap<>();

  /// @param libraryPath `LD_LIBRARY_PATH`, empty where it is not set
  LibrarySearch(String libraryPath) {
    this.libraryPath = libraryPath;
  }

  /// The libraries that `program` needs, directly and through others, that could be found, in the
  /// order in which the linker loads them.
  List<Path> needed(Path program) throws IOException {
    Deque<Path> open = new ArrayDeque<>();
    open.add(program);
    while (!open.isEmpty()) {
      Path file = open.remove();
      Optional<ElfFile> elf = elf(file);
      if (elf.isPresent()) {
        open.addAll(directlyNeeded(file, elf.get()));
      }
    }
    return new ArrayList<>(found.values());
  }

  /// A library that is found but no ELF file for x86-64 is passed over, as the linker does.
  private static Optional<ElfFile> elf(Path file) throws IOException {
    try {
      return Optional.of(ElfFile.open(file));
    } catch (FormatException notElf) {
      return Optional.empty();
    }
  }

  private List<Path> directlyNeeded(Path file, ElfFile elf) throws IOException {
    List<Path> added = new ArrayList<>();
    try {
      for (String name : elf.needed()) {
        Optional<Path> at = found.containsKey(name) ? Optional.empty() : find(name, file, elf);
        if (at.isPresent()) {
          found.put(name, at.get());
          added.add(at.get());
        }
      }
    } catch (FormatException odd) {
      throw new IOException(file + " is damaged: " + odd.getMessage(), odd);
    }
    return added;
  }

  private Optional<Path> find(String name, Path by, ElfFile elf)
      throws IOException, FormatException {
    if (name.indexOf('/') >= 0) {
      return existing(Path.of(name));
    }
    Optional<String> runpath = elf.runpath();
    List<String> directories = new ArrayList<>();
    if (runpath.isEmpty()) {
      elf.rpath().ifPresent(path -> add(directories, path, by));
    }
    add(directories, libraryPath, by);
    runpath.ifPresent(path -> add(directories, path, by));
    directories.addAll(DEFAULT_DIRECTORIES);
    for (String directory : directories) {
      Optional<Path> path = existing(Path.of(directory, name));
      if (path.isPresent()) {
        return path;
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> existing(Path path) {
    return Files.isRegularFile(path) ? Optional.of(path) : Optional.empty();
  }

  private static void add(List<String> directories, String path, Path by) {
    Path real = by.toAbsolutePath();
    try {
      real = by.toRealPath();
    } catch (IOException keepAsWritten) {
      real = by.toAbsolutePath();
    }
    String origin = String.valueOf(real.getParent());
    for (String directory : path.split(":", -1)) {
      if (!directory.isEmpty()) {
        directories.add(directory.replace("${ORIGIN}", origin).replace("$ORIGIN", origin));
      }
    }
  }
}
