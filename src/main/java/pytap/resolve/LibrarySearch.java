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
      try {
        ElfFile elf = ElfFile.open(file);
        for (String name : elf.needed()) {
          if (!found.containsKey(name)) {
            Optional<Path> at = find(name, file, elf);
            at.ifPresent(path -> found.put(name, path));
            at.ifPresent(open::add);
          }
        }
      } catch (FormatException notElf) {
        continue;
      }
    }
    return new ArrayList<>(found.values());
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
    for (String directory : path.split(":")) {
      if (!directory.isEmpty()) {
        directories.add(directory.replace("${ORIGIN}", origin).replace("$ORIGIN", origin));
      }
    }
  }
}
