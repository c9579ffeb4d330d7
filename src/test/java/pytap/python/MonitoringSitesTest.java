package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.elf.ElfFile;
import pytap.probe.Callback;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;

/// Where lines are got from in 3.12 and later.
final class MonitoringSitesTest {
  @TempDir private Path directory;

  @Test
  void theFunctionForPendingWorkIsFoundByWhoCallsItWhereItIsNotExported() throws Exception {
    Path library = Interpreters.library("3.12.1");
    ElfFile whole = ElfFile.open(library);
    ElfFile stripped = ElfFile.open(Interpreters.stripped(library, directory));
    PythonBinary python = PythonBinary.of(stripped).orElseThrow();
    assertThat(stripped.symbol("_Py_HandlePending")).isEmpty();
    assertThat(AdaptiveSites.of(stripped, python.version(), python.layout()).pendingWork())
        .isEqualTo(whole.symbol("_Py_HandlePending").orElseThrow().address());
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.12.1", "3.13.0"})
  void bothGatesAreBehindTheFirstInstruction(String version) throws Exception {
    assertGates(Interpreters.stripped(Interpreters.library(version), directory));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "debian-3.13/root/usr/bin/python3.13",
        "debian-3.14/root/usr/bin/python3.14",
        "debian-3.15/root/usr/bin/python3.15",
        "free-threaded-3.13/installed/bin/python3.13t"
      })
  void bothGatesAreBehindTheFirstInstructionInWhatIsShipped(String name) throws Exception {
    assertGates(Interpreters.fetched(name));
  }

  private static void assertGates(Path path) throws Exception {
    ElfFile file = ElfFile.open(path);
    PythonBinary python = PythonBinary.of(file).orElseThrow();
    MarkerSites line = python.sites("line", Means.IN_PROCESS);
    assertThat(line.sites()).hasSize(1);
    Callback callback = line.sites().getFirst().callback().orElseThrow();
    assertThat(callback).isInstanceOf(Callback.Monitored.class);
    List<PatchWindow> gates = line.sites().getFirst().windows();
    AdaptiveSites sites = AdaptiveSites.of(file, python.version(), python.layout());
    assertThat(gates).hasSize(2);
    assertThat(start(file, gates.get(0))).isEqualTo(sites.start());
    assertThat(start(file, gates.get(1))).isEqualTo(sites.pendingWork());
    assertThat(gates)
        .extracting(PatchWindow::address)
        .doesNotContain(sites.start(), sites.pendingWork());
  }

  private static long start(ElfFile file, PatchWindow gate) throws Exception {
    return file.functionAt(gate.address()).orElseThrow().start();
  }
}
