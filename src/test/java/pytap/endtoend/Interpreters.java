package pytap.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The interpreters of this machine and the builds that are made from them.
///
/// `/usr/bin/python3` must be there, and so must what `src/test/pythons/fetch` gets. Where there is
/// a pyenv, it must have every version up to 3.13.
record Interpreters(List<Interpreter> installed, Path workingDirectory) {

  /// 3.14 warns of the workload's `return` in a `finally` block (PEP 765).
  private static final Map<String, String> QUIET =
      Map.of("PYTHONWARNINGS", "ignore::SyntaxWarning");

  private static final Path DEBIAN = Path.of("/usr/bin/python3");
  static final Path PYENV = Path.of(System.getProperty("user.home", ""), ".pyenv", "versions");
  private static final Set<String> MINOR_VERSIONS =
      Set.of("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13");

  /// What `src/test/pythons/fetch` gets, by its names, and what that is.
  private static final Map<String, String> FETCHED =
      new TreeMap<>(
          Map.of(
              "debian-3.9", "Debian 11",
              "debian-3.13", "Debian 13",
              "debian-3.14", "Debian unstable",
              "debian-3.15", "Debian unstable",
              "free-threaded-3.13", "free-threaded"));

  private static final String DESCRIBE =
      """
      import sys, sysconfig as s
      for line in open("/proc/self/maps"):
          path = line.split()[-1]
          if "/libpython" in path and "r-x" in line:
              break
      else:
          import os
          path = os.path.realpath("/proc/self/exe")
      print("%d.%d.%d" % sys.version_info[:3])
      print(path)
      print(s.get_config_var("LIBPL"))
      print("%s %s" % (s.get_config_var("LIBS"), s.get_config_var("SYSLIBS")))
      """;

  Interpreters {
    installed = List.copyOf(installed);
  }

  /// Debian's own, which has markers.
  static Interpreter debian() {
    return describe(DEBIAN, "Debian 12");
  }

  /// @param workingDirectory where builds are made; kept for as long as they are used
  static Interpreters find(Path workingDirectory) {
    List<Interpreter> found = new ArrayList<>();
    found.add(debian());
    found.addAll(fetched());
    if (Files.isDirectory(PYENV)) {
      pyenvExecutables().map(path -> describe(path, "shared")).forEach(found::add);
      Set<String> missing = new TreeSet<>(MINOR_VERSIONS);
      found.stream()
          .filter(python -> python.executable().startsWith(PYENV))
          .forEach(python -> missing.remove(python.minorVersion()));
      if (!missing.isEmpty()) {
        throw new AssertionError("no Python " + missing + " under " + PYENV);
      }
    }
    return new Interpreters(found, workingDirectory);
  }

  /// pyenv's of these minor versions: all of them, or none where there is no pyenv.
  List<Interpreter> pyenv(String... minorVersions) {
    return installed.stream()
        .filter(python -> python.executable().startsWith(PYENV))
        .filter(python -> List.of(minorVersions).contains(python.minorVersion()))
        .toList();
  }

  /// The installed ones, and of each shared one a stripped copy, a statically linked one and a
  /// stripped one of these.
  List<Interpreter> allBuilds() {
    return installed.stream()
        .flatMap(python ->
            python.isShared()
                ? Stream.concat(
                    Stream.of(python, strippedCopy(python)), staticBuilds(python).stream())
                : Stream.of(python))
        .toList();
  }

  /// Those that `src/test/pythons/fetch` has got, in the order of their names.
  static List<Interpreter> fetched() {
    Path store = fetchedInto();
    List<Interpreter> found = new ArrayList<>();
    FETCHED.forEach((name, build) -> {
      Path executable = store.resolve(name).resolve("python");
      if (!Files.isExecutable(executable)) {
        throw new AssertionError("no " + executable + ": run src/test/pythons/fetch");
      }
      found.add(inRoot(describe(executable, build, QUIET), store.resolve(name).resolve("root")));
    });
    return found;
  }

  /// The one that runs its threads at the same time.
  static Interpreter freeThreaded() {
    return fetched().stream()
        .filter(python -> python.build().equals("free-threaded"))
        .findFirst()
        .orElseThrow();
  }

  /// The directory that `src/test/pythons/fetch` fills.
  static Path fetchedInto() {
    String chosen = System.getenv("PYTAP_PYTHONS");
    if (chosen != null) {
      return Path.of(chosen);
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    Path cache =
        caches == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(caches);
    return cache.resolve("pytap/pythons");
  }

  /// An interpreter that runs in a mount namespace of its own says its file as it is seen there.
  private static Interpreter inRoot(Interpreter python, Path root) {
    Path file = root.resolve(Path.of("/").relativize(python.codeFile()));
    return Files.exists(file)
        ? new Interpreter(
            python.version(), python.build(), python.executable(), file, python.environment())
        : python;
  }

  private static Stream<Path> pyenvExecutables() {
    try (Stream<Path> versions = Files.list(PYENV)) {
      return versions
          .map(version -> version.resolve("bin/python"))
          .filter(Files::isExecutable)
          .sorted(Comparator.comparing(Path::toString))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> ask(Interpreter python) {
    return Command.run(python.process(List.of("-c", DESCRIBE))).succeeded().out().lines().toList();
  }

  private static Interpreter describe(Path executable, String build) {
    return describe(executable, build, Map.of());
  }

  private static Interpreter describe(
      Path executable, String build, Map<String, String> environment) {
    return described(new Interpreter("", build, executable, executable, environment));
  }

  private static Interpreter described(Interpreter python) {
    List<String> answer = ask(python);
    return new Interpreter(
        answer.get(0),
        python.build(),
        python.executable(),
        Path.of(answer.get(1)),
        python.environment());
  }

  /// The executable and its library in a directory of their own, without symbol tables.
  private Interpreter strippedCopy(Interpreter python) {
    Path directory = directory(python.version() + "-stripped");
    Path executable = directory.resolve("python");
    Path library = directory.resolve(python.codeFile().getFileName());
    strip(python.executable(), executable);
    strip(python.codeFile(), library);
    Interpreter copy =
        described(
            new Interpreter(
                "", "shared stripped", executable, executable, environment(python, directory)));
    if (!copy.codeFile().equals(library)) {
      throw new AssertionError(copy + " loads " + copy.codeFile() + " instead of " + library);
    }
    return copy;
  }

  /// An executable made of the version's own `libpython*.a`, and a stripped copy of it.
  private List<Interpreter> staticBuilds(Interpreter python) {
    List<String> answer = ask(python);
    Path objects = Path.of(answer.get(2));
    Path executable = directory(python.version() + "-static").resolve("python");
    Path stripped = directory(python.version() + "-static-stripped").resolve("python");
    List<String> command = new ArrayList<>(List.of("gcc", "-o", executable.toString()));
    command.add(objects.resolve("python.o").toString());
    command.add("-Wl,--whole-archive");
    command.add(archive(objects).toString());
    command.addAll(List.of("-Wl,--no-whole-archive", "-Wl,-export-dynamic"));
    command.addAll(List.of(answer.get(3).split(" +")));
    command.addAll(List.of("-lpthread", "-lutil", "-lm"));
    Command.run(new ProcessBuilder(command)).succeeded();
    strip(executable, stripped);
    Map<String, String> environment = environment(python, python.codeFile().resolveSibling(""));
    return List.of(
        new Interpreter(python.version(), "static", executable, executable, environment),
        new Interpreter(python.version(), "static stripped", stripped, stripped, environment));
  }

  /// Python finds its modules by PYTHONHOME. Until 3.7 extension modules need the shared library.
  private static Map<String, String> environment(Interpreter python, Path libraries) {
    Path home = python.executable().resolveSibling("..").normalize();
    return Map.of("PYTHONHOME", home.toString(), "LD_LIBRARY_PATH", libraries.toString());
  }

  private static Path archive(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches("libpython.*\\.a"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no libpython*.a in " + directory));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void strip(Path from, Path to) {
    Command.run(new ProcessBuilder("strip", "--strip-all", "-o", to.toString(), from.toString()))
        .succeeded();
  }

  private Path directory(String name) {
    try {
      return Files.createDirectories(workingDirectory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return installed.stream()
        .map(python -> python + " " + python.executable())
        .collect(Collectors.joining("\n"));
  }
}
