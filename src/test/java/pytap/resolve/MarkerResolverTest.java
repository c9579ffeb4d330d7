package pytap.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.probe.Occasion;
import pytap.probe.ProbeSite;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Markers found by what a script names and by what a process runs.
final class MarkerResolverTest {
  private static final String PYTHON = "/usr/bin/python3";

  @TempDir Path directory;

  private MarkerResolver resolver() {
    return new MarkerResolver(new Surroundings("/usr/bin:/bin", "", directory));
  }

  private static Plan.Channel channel(
      Optional<String> process,
      Optional<String> library,
      Optional<String> provider,
      String marker) {
    return new Plan.Channel(
        3,
        new Occasion.Marker(process, library, provider, marker),
        RecordLayout.of(List.of()),
        List.of());
  }

  private static Plan.Channel ofProcess(String process, String marker) {
    return channel(Optional.of(process), Optional.empty(), Optional.empty(), marker);
  }

  private static Plan.Channel ofTarget(String marker) {
    return channel(Optional.empty(), Optional.empty(), Optional.empty(), marker);
  }

  private TracerException refused(Plan.Channel channel) {
    return catchThrowableOfType(TracerException.class, () -> resolver().named(channel));
  }

  /// A build with a shared libpython: the program, and the library's file name.
  private static Path sharedPython() throws IOException {
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    try (Stream<Path> entries = Files.list(versions)) {
      return entries
          .map(entry -> entry.resolve("bin/python3.10"))
          .filter(Files::exists)
          .findFirst()
          .orElseThrow(() -> new AssertionError("no Python 3.10 in " + versions));
    }
  }

  @Test
  void aNameOnThePathIsResolvedInItsFile() throws Exception {
    List<ResolvedMarker> found = resolver().named(ofProcess("python3", "function__entry"));
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().channel()).isEqualTo(3);
    assertThat(found.getFirst().file().path()).isEqualTo(Path.of(PYTHON));
    assertThat(found.getFirst().sites().marker()).isEqualTo("function__entry");
    assertThat(found.getFirst().sites().sites()).isNotEmpty();
  }

  @Test
  void everyMarkerIsTheBuildsOwnWhereThatWorks() throws Exception {
    List<ResolvedMarker> found = resolver().named(ofProcess(PYTHON, "gc__start"));
    assertThat(found.getFirst().sites().sites()).isNotEmpty();
    assertThat(found.getFirst().sites().mechanism())
        .isEqualTo("the static probe python:gc__start of the build");
    assertThat(found.getFirst().sites().sites())
        .allMatch(site -> site.semaphoreFileOffset().isPresent());
  }

  @Test
  void rawMarkersAreThoseOfTheNotesAndNoOthers() throws Exception {
    MarkerResolver raw = MarkerResolver.raw(new Surroundings("/usr/bin:/bin", "", directory));
    // CPython 3.11 has the probe of function entry, and passes it for throw() alone.
    ResolvedMarker own = raw.named(ofProcess(PYTHON, "function__entry")).getFirst();
    assertThat(own.sites().mechanism())
        .isEqualTo("the static probe python:function__entry of the build");
    assertThat(own.sites().sites()).isNotEqualTo(sites(ofProcess(PYTHON, "function__entry")));
    String program = sharedPython().toString();
    TracerException refused =
        catchThrowableOfType(
            TracerException.class, () -> raw.named(ofProcess(program, "function__entry")));
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.UNSUPPORTED_MARKER);
    assertThat(refused.found()).isEqualTo("the build has no static probe of that name");
  }

  private List<ProbeSite> sites(Plan.Channel channel) throws TracerException {
    return resolver().named(channel).getFirst().sites().sites();
  }

  @Test
  void theProviderMustBeTheMarkersOwn() throws Exception {
    Plan.Channel own =
        channel(Optional.of(PYTHON), Optional.empty(), Optional.of("python"), "gc__start");
    assertThat(resolver().named(own)).hasSize(1);
    Plan.Channel other =
        channel(Optional.of(PYTHON), Optional.empty(), Optional.of("ruby"), "function__entry");
    assertThat(refused(other).kind()).isEqualTo(TracerException.Kind.UNSUPPORTED_MARKER);
  }

  @Test
  void theInterpreterIsFoundInASharedLibraryAndByItsName() throws Exception {
    String program = sharedPython().toString();
    ResolvedMarker found = resolver().named(ofProcess(program, "function__entry")).getFirst();
    assertThat(found.file().path().getFileName()).hasToString("libpython3.10.so.1.0");
    Plan.Channel byLibrary =
        channel(
            Optional.of(program),
            Optional.of("libpython3.10.so.1.0"),
            Optional.empty(),
            "function__entry");
    assertThat(resolver().named(byLibrary).getFirst().file()).isEqualTo(found.file());
    Plan.Channel byPath =
        channel(
            Optional.of(program),
            Optional.of(found.file().path().toString()),
            Optional.empty(),
            "function__entry");
    assertThat(resolver().named(byPath).getFirst().file()).isEqualTo(found.file());
  }

  @Test
  void aLibraryThatIsNotLoadedIsRefusedWithThoseThatAre() {
    Plan.Channel channel =
        channel(
            Optional.of(PYTHON), Optional.of("libpython9.so"), Optional.empty(), "function__entry");
    TracerException refused = refused(channel);
    assertThat(refused.tried()).isEqualTo("find the library libpython9.so");
    assertThat(refused.found())
        .startsWith("the program does not load a library of that name; it loads ")
        .contains("libc.so.6", "libm.so.6");
  }

  @Test
  void anUnknownMarkerIsRefusedWithThoseThatAreThere() {
    TracerException refused = refused(ofProcess(PYTHON, "gc__begin"));
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.UNSUPPORTED_MARKER);
    assertThat(refused.tried()).isEqualTo("find the marker gc__begin in " + PYTHON);
    assertThat(refused.found())
        .startsWith("the file has the markers audit, function__entry, function__return, gc__done")
        .contains("line");
  }

  @Test
  void aProgramThatIsNoPythonIsRefused() {
    TracerException refused = refused(ofProcess("/bin/cat", "function__entry"));
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.NOT_CPYTHON);
    assertThat(refused.found()).isEqualTo("the file has no static markers and holds no CPython");
  }

  @Test
  void whatIsNoProgramIsRefused() throws Exception {
    Path text = Files.writeString(directory.resolve("text"), "hello");
    TracerException refused = refused(ofProcess(text.toString(), "function__entry"));
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.FILE_UNREADABLE);
    assertThat(refused.tried()).isEqualTo("read " + text + " as an ELF file");
  }

  @Test
  void aMarkerWithoutAProcessIsOfTheTarget() throws Exception {
    assertThat(resolver().named(ofTarget("function__entry"))).isEmpty();
    assertThat(resolver().ofDefaultPython(ofTarget("function__entry")).getFirst().file().path())
        .isEqualTo(Path.of(PYTHON));
  }

  @Test
  void aRunningProcessIsResolvedInWhatItHasMapped() throws Exception {
    for (Path program : List.of(Path.of(PYTHON), sharedPython())) {
      String script = "import sys\nprint(1)\nsys.stdout.flush()\nsys.stdin.read()";
      Process process = new ProcessBuilder(program.toString(), "-S", "-c", script).start();
      try {
        assertThat(process.getInputStream().read()).isEqualTo('1');
        RunningProcess running = new RunningProcess(Math.toIntExact(process.pid()));
        MarkerResolver resolver = resolver();
        List<ResolvedMarker> found = resolver.inProcess(ofTarget("function__entry"), running);
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().file())
            .isEqualTo(
                resolver.named(ofProcess(program.toString(), "function__entry")).getFirst().file());
        assertThat(resolver.interpreterOf(running)).contains(found.getFirst().file());
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void aDeletedLibraryThatAProcessStillRunsIsResolved() throws Exception {
    Path program = sharedPython().toRealPath();
    Path library =
        resolver().named(ofProcess(program.toString(), "function__entry")).getFirst().file().path();
    Path copy = Files.copy(library, directory.resolve(library.getFileName()));
    String script = "import sys\nprint(1)\nsys.stdout.flush()\nsys.stdin.read()";
    ProcessBuilder builder = new ProcessBuilder(program.toString(), "-S", "-c", script);
    builder.environment().put("LD_LIBRARY_PATH", directory.toString());
    Process process = builder.start();
    try {
      assertThat(process.getInputStream().read()).isEqualTo('1');
      Object key = new FileCatalog().image(copy).key();
      Files.delete(copy);
      RunningProcess running = new RunningProcess(Math.toIntExact(process.pid()));
      FileImage found =
          resolver().inProcess(ofTarget("function__entry"), running).getFirst().file();
      assertThat(found.path().toString()).contains("/map_files/");
      assertThat(found.key()).isEqualTo(key);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aProcessThatRunsNoPythonHasNoMarkers() throws Exception {
    Process cat = new ProcessBuilder("/bin/cat").start();
    RunningProcess running = new RunningProcess(Math.toIntExact(cat.pid()));
    assertThat(resolver().inProcess(ofTarget("function__entry"), running)).isEmpty();
    assertThat(resolver().interpreterOf(running)).isEmpty();
    cat.destroyForcibly().waitFor();
    assertThat(resolver().inProcess(ofTarget("function__entry"), running)).isEmpty();
  }

  @Test
  void aFileIsReadOnceUnderWhateverName() throws Exception {
    FileCatalog catalog = new FileCatalog();
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of(PYTHON));
    FileImage image = catalog.image(Path.of(PYTHON));
    assertThat(catalog.image(link)).isSameAs(image);
    Path copy = Files.copy(Path.of(PYTHON), directory.resolve("copy"));
    assertThat(catalog.image(copy)).isNotEqualTo(image);
  }
}
