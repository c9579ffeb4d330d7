package pytap.resolve;

import java.nio.file.Path;
import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.python.PythonBinary;

/// What is known of one ELF file.
///
/// @param path under which it can be opened and probed now
/// @param key equal for the same file on disk, whatever its path
/// @param python CPython's interpreter, where this file holds it
public record FileImage(Path path, Object key, ElfFile elf, Optional<PythonBinary> python) {

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
