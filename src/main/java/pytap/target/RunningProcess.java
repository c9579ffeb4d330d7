package pytap.target;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// A live process, seen through /proc.
public record RunningProcess(int pid) {
  private static final Charset LATIN1 = StandardCharsets.ISO_8859_1;

  /// Whether the process is there.
  public boolean exists() {
    return Files.isDirectory(file(""));
  }

  /// Whether it is there and has not ended: a zombie has.
  public boolean runs() {
    return living().isPresent();
  }

  /// A thread of it that has not ended: the first, which the process is named after, may end before
  /// the others.
  private OptionalInt living() {
    if (!hasEnded(pid)) {
      return OptionalInt.of(pid);
    }
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(file("task"))) {
      for (Path thread : threads) {
        int tid = Integer.parseInt(thread.getFileName().toString());
        if (!hasEnded(tid)) {
          return OptionalInt.of(tid);
        }
      }
    } catch (IOException gone) {
      return OptionalInt.empty();
    }
    return OptionalInt.empty();
  }

  private boolean hasEnded(int tid) {
    return ThreadStat.of(pid, tid).filter(it -> !it.hasEnded() && !it.isEnding()).isEmpty();
  }

  /// The file `name` of what all its threads share, seen through one that lives.
  public Path shared(String name) {
    return Path.of("/proc/" + living().orElse(pid) + "/" + name);
  }

  /// A path under which the program it runs can be opened now, also when it was deleted or replaced
  /// since it was started, or lies in another mount namespace; empty where the process is gone, is
  /// a kernel thread, or may not be looked at.
  public Optional<Path> executable() {
    try {
      Path link = shared("exe");
      return Optional.of(reachable(Files.readSymbolicLink(link), link));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// What it has mapped, in the order of addresses; empty where it is gone or may not be looked at.
  public List<Mapping> mappings() {
    return Mapping.parseAll(maps());
  }

  /// The same as the kernel's text, one character for each byte.
  public String maps() {
    try {
      return Files.readString(shared("maps"), LATIN1);
    } catch (IOException gone) {
      return "";
    }
  }

  /// Those of them whose paths begin so.
  public List<Mapping> mappings(String path) {
    String maps = maps();
    List<Mapping> found = new ArrayList<>();
    if (maps.contains(path)) {
      for (Mapping mapping : Mapping.parseAll(maps)) {
        if (mapping.path().startsWith(path)) {
          found.add(mapping);
        }
      }
    }
    return found;
  }

  /// Paths under which the files that it has mapped executable can be opened now, in the order of
  /// their addresses; empty where the process is gone or may not be looked at.
  public List<Path> mappedCode() {
    Set<Path> paths = new LinkedHashSet<>();
    for (MappedFile mapped : mappedFiles()) {
      paths.add(mapped.path());
    }
    return List.copyOf(paths);
  }

  /// The files that it has mapped executable, in the order of their addresses; empty where the
  /// process is gone or may not be looked at.
  public List<MappedFile> mappedFiles() {
    Path directory = shared("");
    List<MappedFile> files = new ArrayList<>();
    for (Mapping mapping : mappings()) {
      if (mapping.isFile() && mapping.isExecutable()) {
        files.add(new MappedFile(mapping.range(), mapping.offset(), file(mapping, directory)));
      }
    }
    return files;
  }

  /// Under which the file of `mapping` can be opened now.
  ///
  /// @param directory the process's [#shared] one
  static Path file(Mapping mapping, Path directory) {
    Path link = directory.resolve("map_files").resolve(mapping.link());
    return mayFollow(link)
        ? reachable(mapping.named(), link)
        : sameInode(mapping.named(), mapping.inode(), directory);
  }

  /// Links to mapped files take CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE to follow.
  private static boolean mayFollow(Path link) {
    try {
      Files.readAttributes(link, BasicFileAttributes.class);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /// `named` where that is the file with this inode, else the same in the process's own root.
  private static Path sameInode(Path named, long inode, Path directory) {
    Path inItsRoot = Path.of(directory.resolve("root") + named.toString());
    try {
      return Files.getAttribute(named, "unix:ino").equals(inode) ? named : inItsRoot;
    } catch (IOException notNamedHere) {
      return inItsRoot;
    }
  }

  /// `named` where it is the file that the process has, else the kernel's own link to that file.
  private static Path reachable(Path named, Path link) {
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
      String all = Files.readString(shared("environ"), LATIN1);
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

  /// The process that thread `tid` belongs to; empty where that is gone.
  public static Optional<RunningProcess> ofThread(int tid) {
    return new RunningProcess(tid)
        .status("Tgid")
        .map(numbers -> new RunningProcess(Integer.parseInt(numbers)));
  }

  /// Its number as it sees itself, in the innermost pid namespace.
  public OptionalInt ownNumber() {
    Optional<String> numbers = status("NSpid");
    return numbers.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(
            Integer.parseInt(numbers.get().substring(numbers.get().lastIndexOf('\t') + 1)));
  }

  /// The number of its thread that has the number `own` in the innermost pid namespace.
  public OptionalInt threadNumbered(int own) {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(file("task"))) {
      for (Path thread : threads) {
        int tid = Integer.parseInt(thread.getFileName().toString());
        if (new RunningProcess(tid).ownNumber().orElse(0) == own) {
          return OptionalInt.of(tid);
        }
      }
    } catch (IOException gone) {
      return OptionalInt.empty();
    }
    return OptionalInt.empty();
  }

  /// Its parent; empty where that is in another pid namespace than we, or it is gone.
  public Optional<RunningProcess> parent() {
    return status("PPid").map(Integer::parseInt).filter(pid -> pid > 0).map(RunningProcess::new);
  }

  /// What names its pid namespace; empty where it is gone or may not be looked at.
  public Optional<String> pidNamespace() {
    try {
      return Optional.of(Files.readSymbolicLink(shared("ns/pid")).toString());
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// The name of its first thread.
  public Optional<String> name() {
    return status("Name");
  }

  /// What stands behind `field:` in its status.
  private Optional<String> status(String field) {
    try {
      for (String line : Files.readAllLines(file("status"), LATIN1)) {
        if (line.startsWith(field + ":\t")) {
          return Optional.of(line.substring(field.length() + 2));
        }
      }
    } catch (IOException gone) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /// From the first to the last address at which the file that holds `address` is mapped, where
  /// that is not the program itself.
  public Optional<AddressRange> fileAround(long address) {
    Map<String, AddressRange> files = new HashMap<>();
    Optional<String> found = Optional.empty();
    try {
      String program = Files.readSymbolicLink(file("exe")).toString();
      for (Mapping mapping : mappings()) {
        if (mapping.isFile()) {
          String name = mapping.path();
          files.merge(name, mapping.range(), (a, b) -> new AddressRange(a.start(), b.end()));
          found = mapping.holds(address) ? Optional.of(name) : found;
        }
      }
      return found.filter(name -> !name.equals(program)).map(files::get);
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// Every process that can be seen now.
  public static List<RunningProcess> all() {
    List<RunningProcess> processes = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"))) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.isEmpty() && Character.isDigit(name.charAt(0))) {
          processes.add(new RunningProcess(Integer.parseInt(name)));
        }
      }
    } catch (IOException noProc) {
      return List.of();
    }
    return processes;
  }

  private Path file(String name) {
    return Path.of("/proc/" + pid + "/" + name);
  }
}
