package pytap.resolve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.python.PythonBinary;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The ELF files that were looked at, each read once.
public final class FileCatalog {
  private final Map<Object, FileImage> images = new HashMap<>();

  /// What the file at `path` is.
  ///
  /// @throws TracerException where it cannot be read or is no ELF file for x86-64
  public FileImage image(Path path) throws TracerException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      Object key = Objects.requireNonNullElse(attributes.fileKey(), path);
      FileImage known = images.get(key);
      if (known != null) {
        return known;
      }
      FileIdentity identity = FileIdentity.of(path);
      ElfFile elf = ElfFile.open(path);
      FileImage image = new FileImage(path, key, identity, elf, PythonBinary.of(elf));
      images.put(key, image);
      return image;
    } catch (IOException | FormatException unreadable) {
      throw unreadable(path, unreadable);
    }
  }

  /// What is to be said of a file that cannot be read.
  static TracerException unreadable(Path path, Exception why) {
    return why instanceof FormatException
        ? new TracerException(
            TracerException.Kind.FILE_UNREADABLE,
            "read " + path + " as an ELF file",
            String.valueOf(why.getMessage()),
            "only x86-64 Linux programs and libraries can be probed")
        : new TracerException(
            TracerException.Kind.FILE_UNREADABLE,
            "read " + path,
            String.valueOf(why.getMessage()),
            "check that the file exists and that you may read it");
  }

  /// CPython's interpreter in the program at `executable`: in the file itself or in a library that
  /// it needs.
  Optional<FileImage> interpreterIn(Path executable, String libraryPath) throws TracerException {
    FileImage program = image(executable);
    if (program.python().isPresent()) {
      return Optional.of(program);
    }
    try {
      return firstInterpreter(new LibrarySearch(libraryPath).needed(executable));
    } catch (IOException unreadable) {
      throw new TracerException(
          TracerException.Kind.FILE_UNREADABLE,
          "find the libraries of " + executable,
          String.valueOf(unreadable.getMessage()),
          "");
    }
  }

  /// The first of `files` that holds CPython's interpreter. Only files with "python" in their name,
  /// or in the name that they had before they were deleted, are opened.
  Optional<FileImage> firstInterpreter(List<Path> files) throws TracerException {
    for (Path file : files) {
      if (file.toString().contains("python") || wasNamedPython(file)) {
        FileImage image = image(file);
        if (image.python().isPresent()) {
          return Optional.of(image);
        }
      }
    }
    return Optional.empty();
  }

  /// The kernel's link to a file that a process has mapped tells the file's name.
  private static boolean wasNamedPython(Path file) {
    try {
      return file.startsWith("/proc") && Files.readSymbolicLink(file).toString().contains("python");
    } catch (IOException gone) {
      return false;
    }
  }
}
