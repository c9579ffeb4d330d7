package pytap.linux;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Small files of /proc and /sys, whose size the kernel does not tell beforehand.
final class ProcFile {
  private ProcFile() {}

  /// The whole text; empty where the file is not there or not readable.
  static Optional<String> read(String path) {
    try (FileInputStream in = new FileInputStream(path)) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException absent) {
      return Optional.empty();
    }
  }
}
