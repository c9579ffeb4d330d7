package pytap.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import pytap.linux.Clocks;
import pytap.linux.Kernel;
import pytap.runtime.SessionInfo;
import pytap.source.TracerException;

/// What pytap's own process is, for handlers that do not run on behalf of another.
final class OwnProcess {
  private OwnProcess() {}

  static SessionInfo describe(Kernel kernel, long targetPid) throws TracerException {
    List<String> status;
    try {
      Path file = Path.of("/proc/thread-self/status");
      status = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException noProc) {
      throw new TracerException(
          TracerException.Kind.FILE_UNREADABLE,
          "read /proc/thread-self/status",
          String.valueOf(noProc.getMessage()),
          "mount /proc");
    }
    return new SessionInfo(
        targetPid,
        Clocks.read(kernel).monotonicToRealNanos(),
        System.nanoTime(),
        number(status, "Tgid:", 1),
        number(status, "Pid:", 1),
        number(status, "PPid:", 1),
        number(status, "Uid:", 1),
        number(status, "Gid:", 1),
        number(status, "Uid:", 2),
        number(status, "Gid:", 2),
        "pytap");
  }

  /// The number in column `column` of the line that begins with `field`.
  private static int number(List<String> status, String field, int column) {
    for (String line : status) {
      if (line.startsWith(field)) {
        return Integer.parseInt(line.split("\t", -1)[column]);
      }
    }
    throw new IllegalStateException("no " + field + " in /proc/thread-self/status");
  }
}
