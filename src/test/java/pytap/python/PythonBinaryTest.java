package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.asm.x86.Objdump;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.probe.Argument;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.TracerException;

final class PythonBinaryTest {
  private static final Path DEBIAN = Path.of("/usr/bin/python3.11");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2.7.18", "3.6.15", "3.7.16", "3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"
      })
  void theVersionFoundIsTheOneTheInterpreterReports(String version) throws Exception {
    PythonBinary binary = open(Interpreters.library(version));
    assertThat(binary.version())
        .hasToString(
            Interpreters.reportedVersion(Interpreters.home(version).resolve("bin/python")));
    assertThat(binary.build()).isEqualTo(new BuildKind(false, false, false));
  }

  @Test
  void theVersionOfDebiansPythonIsFoundInItsExecutable() throws Exception {
    assertThat(open(DEBIAN).version()).hasToString(Interpreters.reportedVersion(DEBIAN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2.7.18", "3.6.15", "3.7.16", "3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"
      })
  void everySiteIsAnInstructionWhereObjdumpSeesOne(String version) throws Exception {
    Path library = Interpreters.library(version);
    assertOnBoundaries(library, "function__entry");
    assertOnBoundaries(library, "function__return");
    assertOnBoundaries(library, "gc__start");
    assertOnBoundaries(library, "gc__done");
    if (!version.startsWith("2.")) {
      assertOnBoundaries(library, "import__find__load__start");
      assertOnBoundaries(library, "import__find__load__done");
    }
  }

  @Test
  void theSitesOfDebiansPythonAreInstructions() throws Exception {
    assertOnBoundaries(DEBIAN, "function__entry");
    assertOnBoundaries(DEBIAN, "function__return");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.7.18", "3.6.15", "3.7.16", "3.8.18", "3.9.18", "3.10.13"})
  void theEvalFunctionGivesExactEmulatedSitesWithAFrame(String version) throws Exception {
    PythonBinary binary = open(Interpreters.library(version));
    MarkerSites entry = binary.sites("function__entry");
    MarkerSites exit = binary.sites("function__return");
    assertThat(entry.sites()).hasSize(1);
    assertThat(exit.sites()).hasSize(version.equals("2.7.18") ? 6 : 1);
    for (MarkerSites sites : List.of(entry, exit)) {
      assertThat(sites.gaps()).isEmpty();
      assertThat(sites.mechanism()).contains("the eval function");
      assertThat(sites.sites())
          .allMatch(site -> site.cost() == ProbeSite.Cost.EMULATED)
          .allMatch(site -> site.frame().isPresent())
          .allMatch(site -> site.semaphoreFileOffset().isEmpty())
          .allMatch(site -> site.arguments().size() == 3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2.7.18", "3.6.15", "3.7.16", "3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"
      })
  void aStrippedCopyHasTheSameSites(String version) throws Exception {
    Path library = Interpreters.library(version);
    PythonBinary whole = open(library);
    PythonBinary stripped = open(Interpreters.stripped(library, directory));
    assertThat(stripped.version()).isEqualTo(whole.version());
    assertThat(stripped.sites("function__entry")).isEqualTo(whole.sites("function__entry"));
    assertThat(stripped.sites("function__return")).isEqualTo(whole.sites("function__return"));
    assertThat(stripped.sites("gc__start")).isEqualTo(whole.sites("gc__start"));
    assertThat(stripped.sites("gc__done")).isEqualTo(whole.sites("gc__done"));
    if (whole.version().atLeast(3, 6)) {
      assertThat(stripped.sites("import__find__load__done"))
          .isEqualTo(whole.sites("import__find__load__done"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2.7.18, -pie",
    "3.6.15, -pie",
    "3.8.18, -pie",
    "3.8.18, -no-pie",
    "3.10.13, -no-pie"
  })
  void anInterpreterLinkedIntoItsExecutableIsUnderstood(String version, String pie)
      throws Exception {
    Path program = Interpreters.linkedStatically(version, directory, pie);
    PythonBinary binary = open(program);
    assertThat(binary.version()).hasToString(version);
    assertOnBoundaries(program, "function__entry");
    assertOnBoundaries(program, "function__return");
    assertThat(binary.sites("function__return").sites())
        .allMatch(site -> site.cost() == ProbeSite.Cost.EMULATED);
  }

  @Test
  void debiansReturnIsItsStaticProbe() throws Exception {
    ElfFile file = ElfFile.open(DEBIAN);
    MarkerSites sites = PythonBinary.of(file).orElseThrow().sites("function__return");
    assertThat(sites.sites()).hasSize(1);
    ProbeSite site = sites.sites().getFirst();
    assertThat(file.usdtProbes())
        .anyMatch(probe ->
            probe.name().equals("function__return")
                && probe.location() == site.address()
                && file.fileOffset(probe.semaphore().orElseThrow())
                    .equals(site.semaphoreFileOffset()));
    assertThat(site.fileOffset()).isEqualTo(file.fileOffset(site.address()).orElseThrow());
    assertThat(site.arguments())
        .containsExactly(
            new Argument.Scalar(Value.register(Register.RBP)),
            new Argument.Scalar(Value.register(Register.R12)),
            new Argument.Scalar(new Value.Narrowed(Value.register(Register.RAX), 4, true)));
    long runtime = file.exported("_PyRuntime").orElseThrow().address();
    Value thread = Value.word(new Value.Static(runtime), 576);
    assertThat(site.frame()).contains(Value.word(Value.word(thread, 56), 8));
  }

  @Test
  void aBuildOfThreeEightWithProbesUsesThem() throws Exception {
    ElfFile file =
        FakeInterpreter.of(
            directory,
            """
            char _PyRuntime[2048];
            __attribute__((section(".probes"), visibility("hidden")))
            unsigned short python_function__entry_semaphore = 0;
            void probe(void) {
              __asm__ volatile(
                "990: nop\\n"
                ".pushsection .note.stapsdt,\\"\\",\\"note\\"\\n"
                ".balign 4\\n .4byte 992f-991f,994f-993f,3\\n"
                "991: .asciz \\"stapsdt\\"\\n"
                "992: .balign 4\\n"
                "993: .8byte 990b\\n .8byte _.stapsdt.base\\n"
                ".8byte python_function__entry_semaphore\\n"
                ".asciz \\"python\\"\\n .asciz \\"function__entry\\"\\n"
                ".asciz \\"8@%rbx 8@%rbp -4@12(%rsp)\\"\\n"
                "994: .balign 4\\n .popsection\\n"
                ".pushsection .stapsdt.base,\\"aG\\",\\"progbits\\",.stapsdt.base,comdat\\n"
                ".weak _.stapsdt.base\\n .hidden _.stapsdt.base\\n"
                "_.stapsdt.base: .space 1\\n .popsection\\n");
            }
            const char *Py_GetVersion(void) {
              static char text[250];
              snprintf(text, sizeof text, "%s (x)", "3.8.10");
              return text;
            }
            """);
    MarkerSites sites = PythonBinary.of(file).orElseThrow().sites("function__entry");
    ProbeSite site = sites.sites().getFirst();
    assertThat(file.uint8(site.address())).as("the nop").isEqualTo(0x90);
    assertThat(site.semaphoreFileOffset())
        .isEqualTo(
            file.fileOffset(
                file.symbol("python_function__entry_semaphore").orElseThrow().address()));
    assertThat(site.semaphoreFileOffset()).isNotEqualTo(OptionalLong.empty());
    long runtime = file.exported("_PyRuntime").orElseThrow().address();
    assertThat(site.frame()).contains(Value.word(Value.word(new Value.Static(runtime), 1368), 24));
    assertThat(site.arguments())
        .containsExactly(
            new Argument.Scalar(Value.register(Register.RBX)),
            new Argument.Scalar(Value.register(Register.RBP)),
            new Argument.Scalar(
                new Value.Load(Value.plus(Value.register(Register.RSP), 12), 4, true)));
    assertThat(site.cost()).isEqualTo(ProbeSite.Cost.EMULATED);
  }

  @Test
  void whatHoldsNoInterpreterIsNotOne() throws Exception {
    assertThat(PythonBinary.of(ElfFile.open(Path.of("/usr/bin/ls")))).isEmpty();
    assertThat(PythonBinary.of(ElfFile.open(Interpreters.home("3.8.18").resolve("bin/python3.8"))))
        .as("an executable that loads its interpreter from a library")
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "3.5.2, CPython 3.5.2",
    "2.6.9, CPython 2.6.9",
    "3.10.0b3, CPython 3.10.0b3",
    "3.4.0rc2, CPython 3.4.0rc2"
  })
  void anotherVersionIsRefusedByItsName(String version, String found) throws Exception {
    ElfFile file = FakeInterpreter.of(directory, FakeInterpreter.EVAL, version);
    assertRefused(file, found);
  }

  @Test
  void aVersionOfTheFutureIsRefusedByItsName() throws Exception {
    assertRefused(
        FakeInterpreter.of(directory, "const unsigned long Py_Version = 0x031007f0;"),
        "CPython 3.16.7");
  }

  @ParameterizedTest
  @CsvSource({
    "0x030800f0, _Py_PrintReferences, 'a build with reference tracing (--with-trace-refs)'",
    "0x030700f0, _Py_NegativeRefcount, a debug build",
    "0x030c00f0, _Py_DecRefShared, a free-threaded build"
  })
  void aBuildWithOtherStructuresIsRefusedByItsName(String hex, String symbol, String name)
      throws Exception {
    ElfFile file =
        FakeInterpreter.of(
            directory,
            "const unsigned long Py_Version = " + hex + "; void " + symbol + "(void) {}");
    PythonVersion version = PythonVersion.ofHex(Long.decode(hex)).orElseThrow();
    assertRefused(
        file, "CPython " + version + ", " + name + ", whose structures are laid out otherwise");
  }

  @Test
  void aDebugBuildFromThreeEightOnHasTheLayoutOfARelease() throws Exception {
    ElfFile file =
        FakeInterpreter.of(
            directory,
            "const unsigned long Py_Version = 0x030802f0; void _Py_NegativeRefcount(void) {}");
    assertThat(PythonBinary.of(file).orElseThrow().build())
        .isEqualTo(new BuildKind(true, false, false));
  }

  @Test
  void anInterpreterWithoutVersionIsRefused() throws Exception {
    assertThatThrownBy(() -> PythonBinary.of(FakeInterpreter.of(directory, "")))
        .isInstanceOfSatisfying(
            TracerException.class,
            refusal ->
                assertThat(refusal.found())
                    .isEqualTo("neither Py_Version nor Py_GetVersion is exported"));
  }

  private static void assertRefused(ElfFile file, String found) {
    assertThatThrownBy(() -> PythonBinary.of(file))
        .isInstanceOfSatisfying(
            TracerException.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(TracerException.Kind.UNKNOWN_CPYTHON);
              assertThat(refusal.tried()).isEqualTo("read the structures of " + file.name());
              assertThat(refusal.found()).isEqualTo(found);
              assertThat(refusal.remedy()).isEqualTo("supported are CPython 2.7 and 3.6 to 3.15");
            });
  }

  private static void assertOnBoundaries(Path path, String marker) throws Exception {
    ElfFile file = ElfFile.open(path);
    List<ProbeSite> sites = PythonBinary.of(file).orElseThrow().sites(marker).sites();
    assertThat(sites).isNotEmpty();
    for (ProbeSite site : sites) {
      FunctionExtent function = file.functionAt(site.address()).orElseThrow();
      assertThat(Objdump.range(path, function.start(), function.end()))
          .extracting(Objdump.Line::address)
          .contains(site.address());
      assertThat(file.fileOffset(site.address())).hasValue(site.fileOffset());
    }
  }

  private static PythonBinary open(Path path) throws Exception {
    return PythonBinary.of(ElfFile.open(path)).orElseThrow();
  }
}
