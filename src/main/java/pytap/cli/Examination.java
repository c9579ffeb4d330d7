package pytap.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.linux.Capability;
import pytap.linux.Features;
import pytap.linux.Privileges;
import pytap.resolve.FileCatalog;
import pytap.resolve.FileImage;
import pytap.resolve.MarkerResolver;
import pytap.resolve.Surroundings;
import pytap.session.Ability;
import pytap.source.TracerException;
import pytap.target.ProcessStatus;
import pytap.target.RunningProcess;

/// What `pytap doctor` finds out, before it judges.
///
/// @param release of the kernel
/// @param kernelEngine what the kernel offers its engine, or why that cannot work
/// @param missing capabilities that the kernel engine lacks
/// @param mayTraceAny whether any process may be traced from inside (CAP_SYS_PTRACE)
/// @param user the number of the user that pytap runs as
/// @param yama `kernel.yama.ptrace_scope`; empty where the kernel has no such thing
/// @param seccompFilters how many this process has
/// @param lockdown `none`, `integrity` or `confidentiality`; empty where the kernel does not tell
/// @param pythons the interpreters that were found
/// @param process the process that was asked about
record Examination(
    String release,
    Offer kernelEngine,
    List<Capability> missing,
    boolean mayTraceAny,
    int user,
    Optional<String> yama,
    int seccompFilters,
    Optional<String> lockdown,
    List<Python> pythons,
    Optional<Patient> process) {

  Examination {
    missing = List.copyOf(missing);
    pythons = List.copyOf(pythons);
  }

  /// What the kernel engine finds.
  sealed interface Offer {
    record Works(boolean uprobeMulti) implements Offer {}

    record Refused(Hindrance hindrance) implements Offer {}
  }

  /// Why something cannot be done.
  ///
  /// @param remedy empty where there is none
  record Hindrance(String found, String remedy) {
    static Hindrance of(TracerException refused) {
      return new Hindrance(refused.found(), refused.remedy());
    }
  }

  /// An interpreter.
  ///
  /// @param what its version and kind, or why pytap does not know it
  /// @param where where it was found, in words
  record Python(String path, String what, List<String> where) {
    Python {
      where = List.copyOf(where);
    }
  }

  /// The process that was asked about.
  ///
  /// @param kernel why the kernel engine cannot trace it
  record Patient(
      int pid,
      Optional<String> program,
      Optional<Hindrance> kernel,
      Optional<Hindrance> inProcess) {}

  static Examination of(OptionalInt pid, Surroundings surroundings, Path pyenv) {
    Ability ability = new Ability(surroundings);
    Privileges privileges = Privileges.ofSelf();
    return new Examination(
        file("/proc/sys/kernel/osrelease").orElse("?"),
        offer(ability),
        privileges.missingForTracing(),
        privileges.has(Capability.CAP_SYS_PTRACE),
        ProcessStatus.of(self()).map(ProcessStatus::uid).orElse(-1),
        file("/proc/sys/kernel/yama/ptrace_scope"),
        seccompFilters(file("/proc/self/status").orElse("")),
        file("/sys/kernel/security/lockdown").map(Examination::chosen),
        new Search(surroundings).pythons(pyenv),
        pid.isPresent() ? Optional.of(patient(pid.getAsInt(), ability)) : Optional.empty());
  }

  private static int self() {
    return (int) ProcessHandle.current().pid();
  }

  private static Offer offer(Ability ability) {
    try {
      Features features = ability.kernelEngine();
      return new Offer.Works(features.uprobeMulti());
    } catch (TracerException refused) {
      return new Offer.Refused(Hindrance.of(refused));
    }
  }

  private static Patient patient(int pid, Ability ability) {
    RunningProcess process = new RunningProcess(pid);
    if (!process.exists()) {
      Optional<Hindrance> gone = Optional.of(new Hindrance("there is no such process", ""));
      return new Patient(pid, Optional.empty(), gone, gone);
    }
    return new Patient(
        pid,
        process.executable().map(String::valueOf),
        ability.againstKernelEngine(process).map(Hindrance::of),
        ability.againstInProcessEngine(process).map(Hindrance::of));
  }

  private static Optional<String> file(String path) {
    try {
      return Optional.of(Files.readString(Path.of(path), StandardCharsets.ISO_8859_1).strip());
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  /// The word in brackets: `none [integrity] confidentiality`.
  static String chosen(String words) {
    int start = words.indexOf('[');
    int end = words.indexOf(']');
    return start < 0 || end < start ? words : words.substring(start + 1, end);
  }

  /// How many filters a status tells of; kernels before 5.9 tell only whether there are any.
  static int seccompFilters(String status) {
    String mode = "0";
    String count = "1";
    for (String line : status.split("\n", -1)) {
      if (line.startsWith("Seccomp:\t")) {
        mode = line.substring(line.indexOf('\t') + 1);
      } else if (line.startsWith("Seccomp_filters:\t")) {
        count = line.substring(line.indexOf('\t') + 1);
      }
    }
    return mode.equals("0") ? 0 : Integer.parseInt(count);
  }

  /// Looks for interpreters, each file once.
  private static final class Search {
    private final Surroundings surroundings;
    private final FileCatalog catalog = new FileCatalog();
    private final Map<String, Python> found = new LinkedHashMap<>();

    Search(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    List<Python> pythons(Path pyenv) {
      for (String directory : surroundings.searchPath().split(":", -1)) {
        programs(surroundings.directory().resolve(directory), "on PATH");
      }
      for (Path version : entries(pyenv.resolve("versions"), "*")) {
        programs(version.resolve("bin"), "pyenv");
      }
      for (RunningProcess process : RunningProcess.all()) {
        running(process);
      }
      return List.copyOf(found.values());
    }

    private void programs(Path directory, String where) {
      for (Path program : entries(directory, "python{,[23],[23].[0-9]*}")) {
        if (Files.isExecutable(program) && !isScript(program)) {
          program(program, where);
        }
      }
    }

    private static List<Path> entries(Path directory, String glob) {
      List<Path> entries = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
        stream.forEach(entries::add);
      } catch (IOException absent) {
        return List.of();
      }
      entries.sort(Path::compareTo);
      return entries;
    }

    private static boolean isScript(Path program) {
      try (var in = Files.newInputStream(program)) {
        return in.read() == '#' && in.read() == '!';
      } catch (IOException unreadable) {
        return true;
      }
    }

    private void program(Path program, String where) {
      try {
        Path real = program.toRealPath();
        if (found.containsKey(real.toString())) {
          return;
        }
        for (Path file : surroundings.filesOf(real.toString())) {
          FileImage image = catalog.image(file);
          if (image.python().isPresent()) {
            add(real.toString(), words(image), where);
            return;
          }
        }
      } catch (TracerException unknown) {
        add(program.toString(), "not known to pytap: " + unknown.found(), where);
      } catch (IOException gone) {
        return; // between listing and looking
      }
    }

    private void running(RunningProcess process) {
      Optional<Path> program = process.executable();
      if (program.isEmpty() || !process.maps().contains("python")) {
        return;
      }
      String where = "process " + process.pid();
      try {
        new MarkerResolver(surroundings)
            .interpreterOf(process)
            .ifPresent(image -> add(program.get().toString(), words(image), where));
      } catch (TracerException unknown) {
        add(program.get().toString(), "not known to pytap: " + unknown.found(), where);
      }
    }

    private static String words(FileImage image) {
      return image.python().map(it -> "CPython " + it.version() + ", " + it.build()).orElseThrow();
    }

    private void add(String path, String what, String where) {
      Python before = found.getOrDefault(path, new Python(path, what, List.of()));
      List<String> places = new ArrayList<>(before.where());
      places.add(where);
      found.put(path, new Python(path, before.what(), places));
    }
  }
}
