package pytap.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What `/proc/PID/status` says of a process.
///
/// @param name the command name, one character for each byte
/// @param ended it has ended and is only waited for
public record ProcessStatus(
    String name, int ppid, int uid, int euid, int gid, int egid, boolean ended) {

  /// The same under another command name.
  public ProcessStatus named(String other) {
    return new ProcessStatus(other, ppid, uid, euid, gid, egid, ended);
  }

  /// The status of `pid`; empty where there is no such process.
  public static Optional<ProcessStatus> of(int pid) {
    List<String> lines;
    try {
      Path file = Path.of("/proc/" + pid + "/status");
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return Optional.empty();
    }
    String state = column(lines, "State:", 1);
    return Optional.of(
        new ProcessStatus(
            column(lines, "Name:", 1),
            number(lines, "PPid:", 1),
            number(lines, "Uid:", 1),
            number(lines, "Uid:", 2),
            number(lines, "Gid:", 1),
            number(lines, "Gid:", 2),
            state.startsWith("Z") || state.startsWith("X")));
  }

  /// The ids of its threads, in ascending order; empty where there is no such process.
  public static List<Integer> threads(int pid) {
    List<Integer> threads = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path entry : entries) {
        threads.add(Integer.parseInt(entry.getFileName().toString()));
      }
    } catch (IOException gone) {
      return List.of();
    }
    threads.sort(Integer::compare);
    return threads;
  }

  private static int number(List<String> lines, String field, int index) {
    return Integer.parseInt(column(lines, field, index));
  }

  private static String column(List<String> lines, String field, int index) {
    for (String line : lines) {
      if (line.startsWith(field)) {
        return line.split("\t", -1)[index];
      }
    }
    throw new IllegalStateException("no " + field + " in a process's status");
  }
}
