package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.asm.x86.Objdump;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.elf.Symbol;
import pytap.probe.Gap;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.source.TracerException;

final class AdaptiveSitesTest {
  private static final Path DEBIAN = Path.of("/usr/bin/python3.11");
  private static final List<String> BOTH = List.of("function__entry", "function__return");

  private static final List<String> RETURNS_SINCE_314 =
      List.of(
          "RETURN_VALUE EMULATED",
          "YIELD_VALUE EMULATED",
          "INSTRUMENTED_RETURN_VALUE EMULATED",
          "INSTRUMENTED_YIELD_VALUE EMULATED",
          "unwinding EMULATED");

  /// The code of the releases that `src/test/pythons/fetch` gets as packages.
  private static final Map<String, String> FETCHED =
      Map.of(
          "3.13.5", "debian-3.13/root/usr/bin/python3.13",
          "3.14.10", "debian-3.14/root/usr/bin/python3.14",
          "3.15.2", "debian-3.15/root/usr/bin/python3.15");

  @TempDir private Path directory;

  @Test
  void debiansPythonGivesEveryEventAtAnEmulatedInstruction() throws Exception {
    assertThat(names(DEBIAN, "3.11.2", "function__entry"))
        .containsExactlyInAnyOrder("RESUME EMULATED", "RESUME_QUICK EMULATED", "throw() EMULATED");
    assertThat(names(DEBIAN, "3.11.2", "function__return"))
        .containsExactlyInAnyOrder(
            "RETURN_VALUE EMULATED", "YIELD_VALUE EMULATED", "unwinding EMULATED");
  }

  @Test
  void python311GivesEveryEventAtAnEmulatedInstruction() throws Exception {
    Path library = Interpreters.library("3.11.7");
    assertThat(names(library, "3.11.7", "function__entry"))
        .containsExactlyInAnyOrder("RESUME EMULATED", "RESUME_QUICK EMULATED", "throw() EMULATED");
    assertThat(names(library, "3.11.7", "function__return"))
        .containsExactlyInAnyOrder(
            "RETURN_VALUE EMULATED", "YIELD_VALUE EMULATED", "unwinding EMULATED");
  }

  @Test
  void python312GivesEveryEventAtAnEmulatedInstruction() throws Exception {
    Path library = Interpreters.library("3.12.1");
    assertThat(names(library, "3.12.1", "function__entry"))
        .containsExactlyInAnyOrder(
            "RESUME EMULATED", "INSTRUMENTED_RESUME EMULATED", "throw() EMULATED");
    assertThat(names(library, "3.12.1", "function__return"))
        .containsExactlyInAnyOrder(
            "RETURN_VALUE EMULATED",
            "RETURN_CONST EMULATED",
            "YIELD_VALUE EMULATED",
            "INSTRUMENTED_RETURN_VALUE EMULATED",
            "INSTRUMENTED_RETURN_CONST EMULATED",
            "INSTRUMENTED_YIELD_VALUE EMULATED",
            "unwinding EMULATED");
  }

  @Test
  void python313StepsOnlyTheFirstExecutionOfAFunctionAndYields() throws Exception {
    Path library = Interpreters.library("3.13.0");
    assertThat(names(library, "3.13.0", "function__entry"))
        .containsExactlyInAnyOrder(
            "RESUME SINGLE_STEPPED",
            "RESUME_CHECK EMULATED",
            "INSTRUMENTED_RESUME EMULATED",
            "throw() EMULATED");
    assertThat(names(library, "3.13.0", "function__return"))
        .containsExactlyInAnyOrder(
            "RETURN_VALUE EMULATED",
            "RETURN_CONST EMULATED",
            "YIELD_VALUE SINGLE_STEPPED",
            "INSTRUMENTED_RETURN_VALUE EMULATED",
            "INSTRUMENTED_RETURN_CONST EMULATED",
            "INSTRUMENTED_YIELD_VALUE EMULATED",
            "unwinding EMULATED");
  }

  @Test
  void debians314AndItsJitAreSeenToTheLastHandler() throws Exception {
    assertThat(names(file("3.14.10"), "3.14.10", "function__entry"))
        .containsExactlyInAnyOrder(
            "RESUME SINGLE_STEPPED",
            "RESUME_CHECK EMULATED",
            "INSTRUMENTED_RESUME EMULATED",
            "throw() EMULATED");
    assertThat(names(file("3.14.10"), "3.14.10", "function__return"))
        .containsExactlyInAnyOrderElementsOf(RETURNS_SINCE_314);
    assertWarnsOfTheJit("3.14.10");
  }

  @Test
  void debians315AndItsJitAreSeenToTheLastHandler() throws Exception {
    assertThat(names(file("3.15.2"), "3.15.2", "function__entry"))
        .containsExactlyInAnyOrder(
            "RESUME SINGLE_STEPPED",
            "RESUME_CHECK EMULATED",
            "RESUME_CHECK_JIT EMULATED",
            "INSTRUMENTED_RESUME EMULATED",
            "throw() EMULATED");
    assertThat(names(file("3.15.2"), "3.15.2", "function__return"))
        .containsExactlyInAnyOrderElementsOf(RETURNS_SINCE_314);
    assertWarnsOfTheJit("3.15.2");
  }

  private void assertWarnsOfTheJit(String version) throws Exception {
    PythonBinary python = PythonBinary.of(ElfFile.open(file(version))).orElseThrow();
    for (String marker : BOTH) {
      assertThat(python.sites(marker).gaps())
          .containsExactly(
              new Gap.OnRequest(
                  "functions called in traces of the experimental JIT (PYTHON_JIT=1) are not seen",
                  "PYTHON_JIT",
                  false));
    }
  }

  /// A handler that forgets the result of its callback, `test %ecx,%ecx` for `test %eax,%eax`,
  /// cannot be told whether that failed.
  @ParameterizedTest
  @EnumSource(Means.class)
  void whatOneMarkerCannotGiveIsSaidOfItOnce(Means means) throws Exception {
    Path library = file("3.12.1");
    byte[] bytes = Files.readAllBytes(library);
    int test = (int) site(library, "3.12.1", "INSTRUMENTED_YIELD_VALUE").fileOffset() - 2;
    assertThat(bytes[test] & 0xff).isEqualTo(0x85);
    assertThat(bytes[test + 1] & 0xff).isEqualTo(0xc0);
    bytes[test + 1] = (byte) 0xc9;
    AdaptiveSites sites = adaptive(ElfFile.of(ByteBuffer.wrap(bytes), "forgetful"), "3.12.1");
    for (int times = 0; times < 2; times++) {
      assertThat(sites.sites("function__entry", means).gaps()).isEmpty();
      assertThat(sites.sites("function__return", means).gaps())
          .containsExactly(
              new Gap.Always(
                  "when a callback of sys.monitoring fails at INSTRUMENTED_YIELD_VALUE,"
                      + " the function may give two returns"));
    }
  }

  @Test
  void aFreeThreadedPythonGivesTheSameKindsOfSites() throws Exception {
    PythonBinary python =
        PythonBinary.of(ElfFile.open(Interpreters.fetched("free-threaded-3.13/python")))
            .orElseThrow();
    assertThat(python.build()).isEqualTo(new BuildKind(false, false, true));
    for (String marker : BOTH) {
      MarkerSites sites = python.sites(marker);
      assertThat(sites.gaps()).isEmpty();
      assertThat(namesAlone(sites))
          .containsExactlyInAnyOrderElementsOf(namesAlone(find(file("3.13.0"), "3.13.0", marker)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.11.2", "3.11.7", "3.12.1", "3.13.0", "3.13.5", "3.14.10", "3.15.2"})
  void everySiteIsWhatItClaimsAccordingToObjdump(String version) throws Exception {
    Path file = file(version);
    Map<Long, String> listing = new HashMap<>();
    for (Objdump.Line line : evalFunction(file)) {
      listing.put(line.address(), line.text());
    }
    for (String marker : BOTH) {
      for (ProbeSite site : find(file, version, marker).sites()) {
        assertThat(listing).containsKey(site.address());
        String text = listing.getOrDefault(site.address(), "");
        boolean emulated = text.matches("(j[a-z]+|call|push) +(%r.*|[0-9a-f]+ .*)|nop");
        assertThat(site.cost() == ProbeSite.Cost.EMULATED)
            .as("%s: %s", site.what(), text)
            .isEqualTo(emulated);
        assertThat(site.fileOffset())
            .isEqualTo(ElfFile.open(file).fileOffset(site.address()).orElseThrow());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.11.2", "3.11.7", "3.12.1", "3.13.0", "3.13.5", "3.14.10", "3.15.2"})
  void noJumpLeadsBetweenAHandlersStartAndItsSite(String version) throws Exception {
    Path path = file(version);
    ElfFile file = ElfFile.open(path);
    Set<Long> targets = new HashSet<>();
    for (Objdump.Line line : evalFunction(path)) {
      if (!line.text().startsWith("call")) {
        line.target().ifPresent(targets::add);
      }
    }
    int minor = version(version).minor();
    AdaptiveDispatchTable table = table(file);
    List<AdaptiveOpcode> opcodes = new ArrayList<>(AdaptiveOpcode.entries(minor));
    opcodes.addAll(AdaptiveOpcode.returns(minor));
    for (AdaptiveOpcode opcode : opcodes) {
      long site = site(path, version, opcode.name()).address();
      long start = table.handler(opcode);
      assertThat(site).isBetween(start, start + 128);
      assertThat(targets).noneMatch(target -> target >= start && target <= site);
      assertThat(table.handlers()).noneMatch(other -> other > start && other <= site);
    }
  }

  @ParameterizedTest
  @CsvSource({"3.11.2", "3.11.7", "3.12.1", "3.13.0"})
  void everySiteGivesTheThreeArgumentsAndTheFrameAndNeedsNoMemoryOfTheLastEvent(String version)
      throws Exception {
    for (String marker : BOTH) {
      MarkerSites found = find(file(version), version, marker);
      assertThat(found.marker()).isEqualTo(marker);
      assertThat(found.gaps()).isEmpty();
      assertThat(found.sites())
          .allMatch(site -> site.arguments().size() == 3)
          .allMatch(site -> site.frame().isPresent())
          .allMatch(site -> site.semaphoreFileOffset().isEmpty())
          .isSortedAccordingTo((a, b) -> Long.compare(a.address(), b.address()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.11.7", "3.12.1", "3.13.0"})
  void theTableIsTheOneTheCompilerNamed(String version) throws Exception {
    ElfFile file = ElfFile.open(file(version));
    Optional<Symbol> named = Optional.empty();
    for (int i = 0; i < 10 && named.isEmpty(); i++) {
      named = file.symbol("opcode_targets." + i);
    }
    assertThat(table(file).address()).isEqualTo(named.orElseThrow().address());
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.11.7", "3.12.1", "3.13.0"})
  void aStrippedCopyGivesTheSame(String version) throws Exception {
    Path library = file(version);
    Path stripped = Interpreters.stripped(library, directory);
    for (String marker : BOTH) {
      assertThat(find(stripped, version, marker)).isEqualTo(find(library, version, marker));
    }
  }

  @ParameterizedTest
  @CsvSource({"3.11.7,-no-pie", "3.12.1,-no-pie", "3.12.1,-pie", "3.13.0,-no-pie"})
  void anExecutableWithTheInterpreterInItGivesTheSameKindsOfSites(String version, String option)
      throws Exception {
    Path program = Interpreters.linkedStatically(version, directory, option);
    Path library = file(version);
    for (String marker : BOTH) {
      assertThat(namesAlone(find(program, version, marker)))
          .containsExactlyInAnyOrderElementsOf(namesAlone(find(library, version, marker)));
      assertThat(find(program, version, marker).gaps()).isEmpty();
    }
  }

  @Test
  void aFunctionThatDispatchesThroughNoTableIsRefused() throws Exception {
    ElfFile library =
        ElfFile.open(
            Interpreters.library(
                directory,
                """
                .text
                .globl _PyEval_EvalFrameDefault
                .type _PyEval_EvalFrameDefault,@function
                _PyEval_EvalFrameDefault:
                .cfi_startproc
                  lea numbers(%rip),%rax
                  jmp *(%rax,%rdi,8)
                  ret
                .cfi_endproc
                .size _PyEval_EvalFrameDefault, .-_PyEval_EvalFrameDefault
                .section .data.rel.ro,"aw"
                .balign 8
                numbers:
                .rept 256
                .quad _PyEval_EvalFrameDefault
                .endr
                """,
                "int unused;"));
    assertThatThrownBy(() -> find(library, "3.12.1", "function__entry"))
        .isInstanceOfSatisfying(
            TracerException.class,
            refused -> {
              assertThat(refused.kind()).isEqualTo(TracerException.Kind.UNKNOWN_CPYTHON);
              assertThat(refused.found())
                  .isEqualTo("_PyEval_EvalFrameDefault refers to no table of 256 handlers");
              assertThat(refused.remedy()).contains("computed gotos");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "3.10.13,3.11.7",
    "3.11.7,3.12.1",
    "3.12.1,3.13.0",
    "3.13.0,3.12.1",
    "3.13.0,3.14.10"
  })
  void theCodeOfAnotherVersionIsRefused(String actual, String claimed) throws Exception {
    ElfFile library = ElfFile.open(Interpreters.library(actual));
    for (String marker : BOTH) {
      assertThatThrownBy(() -> find(library, claimed, marker))
          .isInstanceOfSatisfying(
              TracerException.class,
              refused ->
                  assertThat(refused.kind()).isEqualTo(TracerException.Kind.UNKNOWN_CPYTHON));
    }
  }

  private static List<String> names(Path file, String version, String marker) throws Exception {
    return find(file, version, marker).sites().stream()
        .map(site -> site.what() + " " + site.cost())
        .toList();
  }

  private static List<String> namesAlone(MarkerSites sites) {
    return sites.sites().stream().map(ProbeSite::what).toList();
  }

  private static ProbeSite site(Path file, String version, String name) throws Exception {
    for (String marker : BOTH) {
      for (ProbeSite site : find(file, version, marker).sites()) {
        if (site.what().equals(name)) {
          return site;
        }
      }
    }
    throw new AssertionError("no site " + name);
  }

  private static MarkerSites find(Path file, String version, String marker) throws Exception {
    return find(ElfFile.open(file), version, marker);
  }

  private static MarkerSites find(ElfFile file, String version, String marker) throws Exception {
    return adaptive(file, version).sites(marker, Means.KERNEL);
  }

  private static AdaptiveSites adaptive(ElfFile file, String version) throws Exception {
    return AdaptiveSites.of(file, version(version), Layouts.of(version(version)).orElseThrow());
  }

  private static AdaptiveDispatchTable table(ElfFile file) throws Exception {
    return AdaptiveDispatchTable.find(
        new SweptExtents(file), file.exported("_PyEval_EvalFrameDefault").orElseThrow().address());
  }

  private static PythonVersion version(String text) {
    return PythonVersion.parse(text).orElseThrow();
  }

  private static Path file(String version) throws IOException {
    String fetched = FETCHED.get(version);
    if (fetched != null) {
      return Interpreters.fetched(fetched);
    }
    return version.equals("3.11.2") ? DEBIAN : Interpreters.library(version);
  }

  private static List<Objdump.Line> evalFunction(Path path) throws Exception {
    ElfFile file = ElfFile.open(path);
    Set<Long> handlers = Set.copyOf(table(file).handlers());
    Set<FunctionExtent> parts = new HashSet<>();
    for (long handler : handlers) {
      parts.add(file.functionAt(handler).orElseThrow());
    }
    long start = file.exported("_PyEval_EvalFrameDefault").orElseThrow().address();
    parts.add(file.functionAt(start).orElseThrow());
    List<Objdump.Line> lines = new ArrayList<>();
    for (FunctionExtent part : parts) {
      lines.addAll(Objdump.range(path, part.start(), part.end()));
    }
    return lines;
  }
}
