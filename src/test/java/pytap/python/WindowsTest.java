package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.asm.x86.Objdump;
import pytap.elf.ElfFile;
import pytap.elf.UsdtProbe;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;

/// The windows of the interpreters on this machine, checked against what binutils make of the same
/// files.
final class WindowsTest {
  private static final Path DEBIAN = Path.of("/usr/bin/python3.11");
  private static final Pattern RELATIVE =
      Pattern.compile("[0-9a-f]+ +[0-9a-f]+ +R_X86_64_RELATIVE +([0-9a-f]+)");

  private static final Pattern HANDLERS =
      Pattern.compile("([0-9a-f]+) [dr] opcode_targets(\\.[0-9]+)?");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2.7.18", "3.6.15", "3.7.16", "3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"
      })
  void everySiteOfASharedLibraryHasASoundWindow(String version) throws Exception {
    assertSound(Interpreters.library(version));
  }

  @Test
  void everySiteOfDebiansPythonHasASoundWindow() throws Exception {
    assertSound(DEBIAN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "debian-3.9/root/usr/bin/python3.9",
        "debian-3.13/root/usr/bin/python3.13",
        "debian-3.14/root/usr/bin/python3.14",
        "debian-3.15/root/usr/bin/python3.15",
        "free-threaded-3.13/installed/bin/python3.13t"
      })
  void everySiteOfAFetchedInterpreterHasASoundWindow(String file) throws Exception {
    assertSound(fetched(file));
  }

  @ParameterizedTest
  @CsvSource({
    "2.7.18, -pie",
    "3.6.15, -pie",
    "3.8.18, -no-pie",
    "3.10.13, -no-pie",
    "3.11.7, -no-pie",
    "3.12.1, -no-pie",
    "3.12.1, -pie",
    "3.13.0, -no-pie"
  })
  void everySiteOfALinkedExecutableHasASoundWindow(String version, String option) throws Exception {
    assertSound(Interpreters.linkedStatically(version, directory, option));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2.7.18", "3.6.15", "3.7.16", "3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"
      })
  void aStrippedCopyHasTheSameWindows(String version) throws Exception {
    Path library = Interpreters.library(version);
    Path stripped = Interpreters.stripped(library, directory);
    assertThat(Windows.ofEveryMarker(stripped)).isEqualTo(Windows.ofEveryMarker(library));
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.11.2", "3.11.7", "3.12.1", "3.13.0"})
  void theHandlersGiveTheSameEventsAsToTheKernelEngine(String version) throws Exception {
    Path file = file(version);
    PythonBinary python = PythonBinary.of(ElfFile.open(file)).orElseThrow();
    for (String marker : Windows.MARKERS) {
      PythonVersion parsed = PythonVersion.parse(version).orElseThrow();
      MarkerSites kernel =
          AdaptiveSites.of(ElfFile.open(file), parsed, Layouts.of(parsed).orElseThrow())
              .sites(marker, Means.KERNEL);
      MarkerSites inProcess = python.sites(marker, Means.IN_PROCESS);
      assertThat(inProcess.sites().stream().map(ProbeSite::what))
          .containsExactlyInAnyOrderElementsOf(
              kernel.sites().stream().map(ProbeSite::what).toList());
      assertThat(inProcess.gaps()).isEqualTo(kernel.gaps());
    }
  }

  /// Where the kernel engine's only place is the result of a call, or the first of two instructions
  /// that just make room for a jump, both engines need the same bytes.
  @ParameterizedTest
  @CsvSource({
    "2.7.18, ''",
    "3.6.15, ''",
    "3.7.16, ''",
    "3.8.18, ''",
    "3.9.18, ''",
    "3.10.13, ''",
    "3.11.2, ''",
    "3.11.7, throw()",
    "3.12.1, INSTRUMENTED_YIELD_VALUE INSTRUMENTED_RETURN_VALUE INSTRUMENTED_RETURN_CONST",
    "3.13.0,"
        + " RESUME INSTRUMENTED_RETURN_VALUE INSTRUMENTED_YIELD_VALUE INSTRUMENTED_RETURN_CONST"
  })
  void windowsAreClearOfTheKernelEnginesBreakpoints(String version, String except)
      throws Exception {
    Path file = file(version);
    Set<Long> breakpoints = Windows.breakpoints(file);
    List<String> shared = new ArrayList<>();
    for (ProbeSite site : Windows.sites(file)) {
      PatchWindow window = Windows.window(site);
      if (breakpoints.stream().anyMatch(at -> at >= window.address() && at < window.end())) {
        shared.add(site.what());
      }
    }
    assertThat(String.join(" ", shared)).isEqualTo(except);
  }

  private static void assertSound(Path file) throws Exception {
    List<ProbeSite> sites = Windows.ofEveryMarker(file);
    assertThat(sites).hasSizeGreaterThanOrEqualTo(4);
    List<Objdump.Line> text = Objdump.text(file);
    Set<Long> boundaries = new HashSet<>();
    Set<Long> targets = new HashSet<>(pointers(file));
    Set<Long> afterCalls = new HashSet<>();
    for (Objdump.Line line : text) {
      boundaries.add(line.address());
      line.target().ifPresent(targets::add);
    }
    for (int i = 1; i < text.size(); i++) {
      if (text.get(i - 1).text().startsWith("call")) {
        afterCalls.add(text.get(i).address());
      }
    }
    for (ProbeSite site : sites) {
      PatchWindow window = Windows.window(site);
      assertThat(window.address()).isEqualTo(site.address());
      assertThat(boundaries).contains(window.address(), window.end());
      for (long inside = window.address() + 1; inside < window.end(); inside++) {
        assertThat(targets).as("%s: where control arrives", site.what()).doesNotContain(inside);
        assertThat(afterCalls).as("%s: where calls return", site.what()).doesNotContain(inside);
      }
      assertMovable(site, Objdump.range(file, window.address(), window.end()));
    }
    assertNobodyElsesPlace(file, sites);
    assertThat(sites).extracting(ProbeSite::address).doesNotHaveDuplicates();
    for (ProbeSite site : sites) {
      PatchWindow window = Windows.window(site);
      assertThat(sites)
          .as("what begins in the window of %s", site.what())
          .noneMatch(other -> other.address() > window.address() && other.address() < window.end());
    }
  }

  private static void assertMovable(ProbeSite site, List<Objdump.Line> code) {
    for (int i = 0; i < code.size(); i++) {
      boolean last = i == code.size() - 1;
      String text = code.get(i).text();
      assertThat(text)
          .as(site.what())
          .doesNotMatch("(bnd |notrack )?(ret|loop|jrcxz|jecxz|syscall|int3|ud2|endbr64).*")
          .doesNotMatch("(bnd |notrack )?(jmp|call) +\\*.*");
      assertThat(last || !text.matches("(jmp|call) .*")).as(text).isTrue();
    }
  }

  private static void assertNobodyElsesPlace(Path path, List<ProbeSite> sites) throws Exception {
    ElfFile file = ElfFile.open(path);
    for (ProbeSite site : sites) {
      PatchWindow window = Windows.window(site);
      assertThat(file.functions()).noneMatch(function -> function.start() == window.address());
      assertThat(file.usdtProbes())
          .extracting(UsdtProbe::location)
          .noneMatch(at -> at >= window.address() && at < window.end());
      assertThat(file.fileOffset(window.address())).hasValue(site.fileOffset());
    }
  }

  /// What the dynamic linker will turn into pointers; in an executable at a fixed address, where
  /// they stand as they are, the table of handlers.
  private static Set<Long> pointers(Path file) throws Exception {
    Set<Long> found = new HashSet<>();
    Matcher addends = RELATIVE.matcher(run("readelf", "-rW", file.toString()));
    while (addends.find()) {
      found.add(Long.parseUnsignedLong(addends.group(1), 16));
    }
    ElfFile elf = ElfFile.open(file);
    Matcher handlers = HANDLERS.matcher(run("nm", file.toString()));
    boolean named = !elf.positionIndependent() && handlers.find();
    for (int i = 0; i < 256 && named; i++) {
      found.add(elf.word(Long.parseUnsignedLong(handlers.group(1), 16) + i * 8L));
    }
    PythonVersion version = PythonBinary.of(elf).orElseThrow().version();
    if (version.atLeast(3, 11)) {
      long start = elf.exported("_PyEval_EvalFrameDefault").orElseThrow().address();
      found.addAll(AdaptiveDispatchTable.find(new SweptExtents(elf), start).handlers());
    }
    // A stripped executable of Debian 11 says nowhere where its table is.
    boolean hidden = !named && !elf.positionIndependent() && !version.atLeast(3, 11);
    assertThat(found.size() > 50).as("pointers of " + file).isNotEqualTo(hidden);
    return found;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    return output;
  }

  /// What `src/test/pythons/fetch` got.
  private static Path fetched(String file) {
    Path home = Path.of(System.getProperty("user.home"), ".cache");
    String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", home.toString());
    String store = Path.of(cache, "pytap", "pythons").toString();
    Path path = Path.of(System.getenv().getOrDefault("PYTAP_PYTHONS", store), file);
    assertThat(path).as("run src/test/pythons/fetch").exists();
    return path;
  }

  private static Path file(String version) throws IOException {
    return version.equals("3.11.2") ? DEBIAN : Interpreters.library(version);
  }
}
