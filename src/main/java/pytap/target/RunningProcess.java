package pytap.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A live process, seen through /proc.
public record RunningProcess(int pid) {

  /// Whether the process is there.
  public boolean exists() {
    return Files.isDirectory(file(""));
  }

  /// A path under which the program it runs can be opened now, also when it was deleted or replaced
  /// since it was started, or lies in another mount namespace; empty where the process is gone, is
  /// a kernel thread, or may not be looked at.
  public Optional<Path> executable() {
    try {
      return Optional.of(reachable(Files.readSymbolicLink(file("exe")), file("exe")));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// Paths under which the files that it has mapped executable can be opened now, in the order of
  /// their addresses; empty where the process is gone or may not be looked at.
  public List<Path> mappedCode() {
    Set<Path> files = new LinkedHashSet<>();
    try {
      for (String line : Files.readAllLines(file("maps"), StandardCharsets.ISO_8859_1)) {
        mappedFile(line).ifPresent(files::add);
      }
    } catch (IOException gone) {
      return List.of();
    }
    return new ArrayList<>(files);
  }

  /// `start-end perms offset dev inode path`, in columns.
  private Optional<Path> mappedFile(String line) {
    int slash = line.indexOf('/');
    int space = line.indexOf(' ');
    if (slash < 0 || space < 0 || line.charAt(space + 3) != 'x') {
      return Optional.empty();
    }
    byte[] raw = line.substring(slash).getBytes(StandardCharsets.ISO_8859_1);
    Path named = Path.of(new String(raw, StandardCharsets.UTF_8));
    return Optional.of(reachable(named, file("map_files/" + range(line.substring(0, space)))));
  }

  /// A range of addresses as `map_files` names it: `maps` writes at least eight digits, that does
  /// not.
  private static String range(String startEnd) {
    int hyphen = startEnd.indexOf('-');
    long start = Long.parseUnsignedLong(startEnd, 0, hyphen, 16);
    long end = Long.parseUnsignedLong(startEnd, hyphen + 1, startEnd.length(), 16);
    return Long.toHexString(start) + "-" + Long.toHexString(end);
  }

  /// `named` where it is the file that the process has, else the kernel's own link to that file.
  static Path reachable(Path named, Path link) {
    try {
      if (Files.isSameFile(named, link)) {
        return named;
      }
    } catch (IOException notNamedHere) {
      return link;
    }
    return link;
  }

  /// The value of `name` in the environment it was started with.
  public Optional<String> environment(String name) {
    try {
      String all = Files.readString(file("environ"), StandardCharsets.ISO_8859_1);
      for (String entry : all.split("\0", -1)) {
        if (entry.startsWith(name + "=")) {
          return Optional.of(entry.substring(name.length() + 1));
        }
      }
    } catch (IOException gone) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /// The process ids of its children, by any of its threads.
  public List<RunningProcess> children() {
    List<RunningProcess> children = new ArrayList<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(file("task"))) {
      for (Path thread : threads) {
        String listed = Files.readString(thread.resolve("children")).strip();
        if (!listed.isEmpty()) {
          for (String child : listed.split(" ", -1)) {
            children.add(new RunningProcess(Integer.parseInt(child)));
          }
        }
      }
    } catch (IOException gone) {
      return children;
    }
    return children;
  }

  /// Every process that can be seen now.
  public static List<RunningProcess> all() throws IOException {
    List<RunningProcess> processes = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"))) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.isEmpty() && Character.isDigit(name.charAt(0))) {
          processes.add(new RunningProcess(Integer.parseInt(name)));
        }
      }
    }
    return processes;
  }

  private Path file(String name) {
    return Path.of("/proc/" + pid + "/" + name);
  }
}
