package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pytap.elf.ElfFile;
import pytap.probe.Callback;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.source.TracerException;

/// The head of the list was looked up in debuggers and with objdump.
final class AuditHooksTest {
  private static final String FAREWELL = "cpython._PySys_ClearAuditHooks";

  @ParameterizedTest
  @CsvSource({
    "3.8.18, 1456",
    "3.9.18, 648",
    "3.10.13, 648",
    "3.11.7, 656",
    "3.12.1, 3064",
    "3.13.0, 10424"
  })
  void theListLiesInTheRuntimeOfAStrippedLibraryToo(
      String version, int offset, @TempDir Path directory) throws Exception {
    Path library = Interpreters.library(version);
    assertHead(ElfFile.open(library), offset);
    assertHead(ElfFile.open(Interpreters.stripped(library, directory)), offset);
  }

  @ParameterizedTest
  @CsvSource({
    "debian-3.9/root/usr/bin/python3.9, 648",
    "debian-3.13/root/usr/bin/python3.13, 10424",
    "debian-3.14/root/usr/bin/python3.14, 10640",
    "debian-3.15/root/usr/bin/python3.15, 10760",
    "free-threaded-3.13/installed/bin/python3.13t, 10424"
  })
  void andInThatOfAnExecutable(String file, int offset) throws Exception {
    assertHead(ElfFile.open(Interpreters.fetched(file)), offset);
  }

  @Test
  void theKernelTakesTheStaticProbe() throws Exception {
    PythonBinary python =
        PythonBinary.of(ElfFile.open(Path.of("/usr/bin/python3.11"))).orElseThrow();
    assertThat(python.sites("audit", Means.KERNEL).sites())
        .isNotEmpty()
        .allMatch(site -> site.callback().isEmpty() && site.semaphoreFileOffset().isPresent());
  }

  private static void assertHead(ElfFile file, int offset) throws Exception {
    MarkerSites sites = sites(file);
    long runtime = file.exported("_PyRuntime").orElseThrow().address();
    assertThat(sites.sites()).hasSize(1);
    ProbeSite site = sites.sites().getFirst();
    assertThat(site.callback()).contains(new Callback.Listed(runtime + offset, FAREWELL));
    assertThat(site.window()).isEmpty();
    assertThat(file.fileOffset(site.address())).hasValue(site.fileOffset());
  }

  private static MarkerSites sites(ElfFile file) throws TracerException {
    return PythonBinary.of(file).orElseThrow().sites("audit", Means.IN_PROCESS);
  }
}
