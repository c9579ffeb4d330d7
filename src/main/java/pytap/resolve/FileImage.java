package pytap.resolve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.python.PythonBinary;

/// What is known of one ELF file.
///
/// @param path under which it can be opened and probed now
/// @param key equal for the same file on disk, whatever its path
/// @param identity what it was just before it was opened
/// @param python CPython's interpreter, where this file holds it
public record FileImage(
    Path path, Object key, FileIdentity identity, ElfFile elf, Optional<PythonBinary> python) {

  /// Its path without links; as it was found where it can be reached through /proc only.
  public Path realPath() {
    try {
      return path.startsWith("/proc") ? path : path.toRealPath();
    } catch (IOException gone) {
      return path;
    }
  }

  /// Whether this file is what `other` leads to now.
  public boolean isAt(Path other) {
    try {
      return key.equals(Files.readAttributes(other, BasicFileAttributes.class).fileKey());
    } catch (IOException gone) {
      return false;
    }
  }

  /// The same file on disk.
  @Override
  public boolean equals(Object other) {
    return other instanceof FileImage image && image.key.equals(key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }
}
