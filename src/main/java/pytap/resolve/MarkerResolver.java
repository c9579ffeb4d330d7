package pytap.resolve;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.place.Plan;
import pytap.probe.Glob;
import pytap.probe.MarkerSites;
import pytap.probe.Occasion;
import pytap.probe.ProbeSite;
import pytap.python.Markers;
import pytap.python.Means;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Finds the markers of a plan in files: those that the script names, those that a running process
/// has mapped.
public final class MarkerResolver {
  private final FileCatalog catalog = new FileCatalog();
  private final Surroundings surroundings;
  private final ProgramSearch programs;
  private final Means means;
  private final boolean raw;
  private final Optional<KeptSites> kept;

  /// A resolver for the kernel engine.
  public MarkerResolver(Surroundings surroundings) {
    this(surroundings, Means.KERNEL);
  }

  /// @param means what the sites are for
  public MarkerResolver(Surroundings surroundings, Means means) {
    this(surroundings, means, false);
  }

  private MarkerResolver(Surroundings surroundings, Means means, boolean raw) {
    this.surroundings = surroundings;
    this.means = means;
    this.raw = raw;
    this.kept = surroundings.kept().map(it -> new KeptSites(it, InstantSource.system()));
    this.programs = new ProgramSearch(surroundings);
  }

  /// A resolver for the kernel engine that finds the static markers of files, and nothing else.
  public static MarkerResolver raw(Surroundings surroundings) {
    return new MarkerResolver(surroundings, Means.KERNEL, true);
  }

  /// The markers of `channel` that the script itself gives a file: `process("NAME")`, with or
  /// without `library`.
  public List<ResolvedMarker> named(Plan.Channel channel) throws TracerException {
    Optional<String> process = channel.point().process();
    if (process.isEmpty()) {
      return List.of();
    }
    if (!Glob.isPattern(process.get())) {
      Path program = programs.program(process.get());
      return in(channel, program, surroundings.libraryPath());
    }
    List<ResolvedMarker> found = new ArrayList<>();
    for (Path program : programs.fitting(process.get())) {
      found.addAll(whereTheyAre(() -> in(channel, program, surroundings.libraryPath())));
    }
    if (found.isEmpty()) {
      throw new TracerException(
          TracerException.Kind.UNSUPPORTED_MARKER,
          "find what the script probes in " + process.get(),
          "no file that the pattern fits has it",
          "");
    }
    return found;
  }

  /// The markers of `channel` in whatever Python a machine runs by default: `python3` and `python`
  /// on PATH. For a script that names no process and a session that has no target.
  public List<ResolvedMarker> ofDefaultPython(Plan.Channel channel) throws TracerException {
    Path program;
    try {
      program = programs.program("python3");
    } catch (TracerException absent) {
      program = programs.program("python");
    }
    return in(channel, program, surroundings.libraryPath());
  }

  /// The markers of `channel` in the program that `process` runs now. Nothing where that is no
  /// Python and the channel names no library.
  public List<ResolvedMarker> inProcess(Plan.Channel channel, RunningProcess process)
      throws TracerException {
    Optional<Path> executable = process.executable();
    if (executable.isEmpty()) {
      return List.of();
    }
    Optional<String> library = channel.point().library();
    List<Path> mapped = process.mappedCode();
    String libraryPath = process.environment("LD_LIBRARY_PATH").orElse("");
    if (library.isPresent()) {
      // A program that has just been executed has no library yet.
      Set<Path> files = new LinkedHashSet<>(mapped);
      files.addAll(neededBy(executable.get(), libraryPath));
      return whereTheyAre(() -> library(channel, library.get(), List.copyOf(files)));
    }
    FileImage program = catalog.image(executable.get());
    if (!isOfPython(channel.point())) {
      return whereTheyAre(() -> resolved(channel, program));
    }
    Optional<FileImage> interpreter =
        program.python().isPresent() ? Optional.of(program) : catalog.firstInterpreter(mapped);
    if (interpreter.isEmpty()) {
      interpreter = catalog.interpreterIn(executable.get(), libraryPath);
    }
    return interpreter.isEmpty() ? List.of() : resolved(channel, interpreter.get());
  }

  /// Whether `point` is a marker of CPython's.
  public static boolean isOfPython(Occasion.InFile point) {
    return point instanceof Occasion.Marker marker
        && marker.provider().orElse("python").equals("python")
        && Markers.include(marker.marker());
  }

  /// Whether `plan` has markers of CPython's and nothing else.
  public static boolean areOfPython(Plan plan) {
    for (Plan.Channel channel : plan.channels()) {
      if (!isOfPython(channel.point())) {
        return false;
      }
    }
    return true;
  }

  private interface Search {
    List<ResolvedMarker> find() throws TracerException;
  }

  /// What `search` finds; nothing where the file is another that has nothing of the kind.
  private static List<ResolvedMarker> whereTheyAre(Search search) throws TracerException {
    try {
      return search.find();
    } catch (TracerException absent) {
      return switch (absent.kind()) {
        case UNSUPPORTED_MARKER, NOT_CPYTHON, FILE_UNREADABLE -> List.of();
        default -> throw absent;
      };
    }
  }

  /// Whether the program that `process` runs is a CPython that can be found in its files.
  public Optional<FileImage> interpreterOf(RunningProcess process) throws TracerException {
    Optional<Path> executable = process.executable();
    if (executable.isEmpty()) {
      return Optional.empty();
    }
    FileImage program = catalog.image(executable.get());
    if (program.python().isPresent()) {
      return Optional.of(program);
    }
    Optional<FileImage> mapped = catalog.firstInterpreter(process.mappedCode());
    return mapped.isPresent()
        ? mapped
        : catalog.interpreterIn(
            executable.get(), process.environment("LD_LIBRARY_PATH").orElse(""));
  }

  private List<ResolvedMarker> in(Plan.Channel channel, Path program, String libraryPath)
      throws TracerException {
    Optional<String> library = channel.point().library();
    if (library.isPresent()) {
      return library(channel, library.get(), neededBy(program, libraryPath));
    }
    FileImage file = catalog.image(program);
    if (channel.point() instanceof Occasion.Function) {
      return resolved(channel, file);
    }
    Optional<FileImage> interpreter = catalog.interpreterIn(program, libraryPath);
    return resolved(channel, interpreter.orElse(file));
  }

  private List<Path> neededBy(Path program, String libraryPath) throws TracerException {
    try {
      return new LibrarySearch(libraryPath).needed(program);
    } catch (java.io.IOException unreadable) {
      throw new TracerException(
          TracerException.Kind.FILE_UNREADABLE,
          "find the libraries of " + program,
          String.valueOf(unreadable.getMessage()),
          "");
    }
  }

  private List<ResolvedMarker> library(Plan.Channel channel, String name, List<Path> files)
      throws TracerException {
    List<ResolvedMarker> found = new ArrayList<>();
    for (Path file : files) {
      if (isNamed(file, name)) {
        found.addAll(resolved(channel, catalog.image(file)));
      }
    }
    if (found.isEmpty() && name.indexOf('/') >= 0 && !Glob.isPattern(name)) {
      found.addAll(resolved(channel, catalog.image(Path.of(name))));
    }
    if (found.isEmpty()) {
      throw new TracerException(
          TracerException.Kind.FILE_UNREADABLE,
          "find the library " + name,
          "the program does not load a library of that name; it loads " + names(files),
          "check the name, or leave .library(...) out: pytap finds the interpreter by itself");
    }
    return found;
  }

  private static boolean isNamed(Path file, String name) {
    return Glob.fits(
        name, name.indexOf('/') >= 0 ? file.toString() : file.getFileName().toString());
  }

  private static String names(List<Path> files) {
    StringBuilder names = new StringBuilder();
    for (Path file : files) {
      names.append(names.isEmpty() ? "" : ", ").append(file.getFileName());
    }
    return names.isEmpty() ? "none" : names.toString();
  }

  private List<ResolvedMarker> resolved(Plan.Channel channel, FileImage file)
      throws TracerException {
    List<ResolvedMarker> found = new ArrayList<>();
    switch (channel.point()) {
      case Occasion.Function function -> {
        for (MarkerSites sites : NativeFunctions.in(file, function)) {
          found.add(new ResolvedMarker(channel.id(), file, Optional.empty(), sites));
        }
      }
      case Occasion.Marker marker -> {
        for (FileMarkers.Found named : FileMarkers.fitting(file, marker, means, raw, kept)) {
          found.add(
              new ResolvedMarker(channel.id(), file, Optional.of(named.provider()), named.sites()));
        }
      }
    }
    for (ResolvedMarker place : found) {
      requireArguments(channel, place);
    }
    return found;
  }

  /// What handlers read must be there.
  private static void requireArguments(Plan.Channel channel, ResolvedMarker place)
      throws TracerException {
    int most = channel.layout().lastArgument();
    for (ProbeSite site : place.sites().sites()) {
      int count = site.arguments().size() + (site.frame().isPresent() ? 1 : 0);
      if (count < most) {
        throw new TracerException(
            TracerException.Kind.UNSUPPORTED_MARKER,
            "read $arg" + most + " of the marker " + place.sites().marker(),
            place.file().path()
                + " gives it "
                + (count == 0
                    ? "no arguments"
                    : count == 1 ? "$arg1 only" : "$arg1 to $arg" + count),
            "");
      }
    }
  }
}
