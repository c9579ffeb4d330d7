package pytap.inject;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import pytap.target.Mapping;
import pytap.target.RunningProcess;
import pytap.target.ThreadStat;

/// A process as /proc shows it now. What a process shares among its threads (memory, descriptors)
/// is looked at through a thread that lives: the first may have ended before the others.
///
/// @param pid the process
record ProcessFiles(int pid) {

  /// This very process.
  static ProcessFiles own() {
    return new ProcessFiles((int) ProcessHandle.current().pid());
  }

  boolean exists() {
    return Files.isDirectory(Path.of("/proc/" + pid));
  }

  /// Its threads, lowest number first; empty where it is gone.
  List<Integer> threads() {
    List<Integer> found = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path entry : entries) {
        found.add(Integer.parseInt(entry.getFileName().toString()));
      }
    } catch (IOException gone) {
      return List.of();
    }
    Collections.sort(found);
    return found;
  }

  boolean lives(int tid) {
    return ThreadStat.of(pid, tid).filter(stat -> !stat.hasEnded()).isPresent();
  }

  /// The file `name` of what the threads share.
  String path(String name) {
    return new RunningProcess(pid).shared(name).toString();
  }

  /// One letter, as in ps; 0 where the thread is gone.
  char state(int tid) {
    return ThreadStat.of(pid, tid).map(ThreadStat::state).orElse('\0');
  }

  /// The kernel's flags of a thread, `PF_…`; [ThreadStat#EXITING] where it is gone.
  long flags(int tid) {
    return ThreadStat.of(pid, tid).map(ThreadStat::flags).orElse(ThreadStat.EXITING);
  }

  /// When the process began, in the kernel's ticks since boot: with its number it names one process
  /// for ever. 0 where it is gone.
  long startTime() {
    return ThreadStat.of(pid, pid).map(ThreadStat::startTicks).orElse(0L);
  }

  /// A field of a thread's status; empty where there is none.
  Optional<String> status(int tid, String field) {
    return field(status(tid).orElse(""), field);
  }

  /// The whole of it; empty where the thread is gone.
  Optional<String> status(int tid) {
    return read("task/" + tid + "/status");
  }

  /// A field of a status; empty where there is none.
  static Optional<String> field(String status, String field) {
    // The first field, the name, has no line of ours: a line break in a name is written as \n.
    int before = status.indexOf("\n" + field + ":");
    if (before < 0) {
      return Optional.empty();
    }
    int end = status.indexOf('\n', before + 1);
    int start = before + field.length() + 2;
    return Optional.of(status.substring(start, end < 0 ? status.length() : end).strip());
  }

  /// The same where it is a number, in decimal.
  int number(int tid, String field) {
    return number(status(tid, field));
  }

  /// What a field begins with, in decimal; 0 where there is none.
  static int number(Optional<String> value) {
    if (value.isEmpty()) {
      return 0;
    }
    int digits = 0;
    while (digits < value.get().length() && Character.isDigit(value.get().charAt(digits))) {
      digits++;
    }
    return Integer.parseInt(value.get(), 0, digits, 10);
  }

  /// The number by which the thread knows itself, in its own namespace.
  int ownNumber(int tid) {
    String[] numbers = status(tid, "NSpid").orElse("" + tid).split("\\s+", -1);
    return Integer.parseInt(numbers[numbers.length - 1]);
  }

  /// The name that the thread goes by.
  String command(int tid) {
    return read("task/" + tid + "/comm").orElse("?").strip();
  }

  /// Which pid namespace it is in, as a number; 0 where that may not be known.
  long pidNamespace() {
    try {
      String link = Files.readSymbolicLink(Path.of(path("ns/pid"))).toString();
      return Long.parseLong(link.substring(link.indexOf('[') + 1, link.length() - 1));
    } catch (IOException hidden) {
      return 0;
    }
  }

  /// What is mapped, in the order of addresses; empty where the process is gone.
  List<Mapping> mappings() {
    return Mapping.parseAll(maps());
  }

  /// The same as the kernel's text.
  String maps() {
    return new RunningProcess(pid).maps();
  }

  /// The system call that the thread is held up in: then its program counter stands behind the
  /// instruction that made it. Empty where it is in none, or runs.
  Optional<Integer> systemCall(int tid) {
    return read("task/" + tid + "/syscall")
        .filter(text -> Character.isDigit(text.charAt(0)))
        .map(text -> Integer.parseInt(text.split("\\s", 2)[0]));
  }

  private Optional<String> read(String name) {
    try {
      return Optional.of(
          Files.readString(Path.of("/proc/" + pid + "/" + name), StandardCharsets.ISO_8859_1));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
