package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.probe.Callback;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;

final class TraceFunctionsTest {

  /// `interp_head` and `_Py_TracingPossible` are named in the symbol table alone, which is not
  /// used.
  @ParameterizedTest
  @ValueSource(strings = {"2.7.18", "3.6.15"})
  void variablesAreFoundInTheCodeOfAStrippedLibrary(String version, @TempDir Path directory)
      throws Exception {
    ElfFile library = ElfFile.open(Interpreters.library(version));
    ElfFile stripped =
        ElfFile.open(Interpreters.stripped(Interpreters.library(version), directory));
    Callback.PerThread callback = callback(stripped);
    assertThat(callback.slots().list().head()).isEqualTo(symbol(library, "interp_head").address());
    assertThat(callback.slots().count())
        .isEqualTo(new Callback.Count.Static(symbol(library, "_Py_TracingPossible").address()));
    assertThat(callback).isEqualTo(callback(library));
  }

  private static Symbol symbol(ElfFile file, String name) throws Exception {
    return file.symbol(name).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"2.7.18, 48", "3.6.15, 56", "3.9.18, 64", "3.10.13, 64", "3.11.7, 72"})
  void theJumpIsBehindTheFirstInstructionAndInNoOthersWay(String version, int slot)
      throws Exception {
    PythonBinary python =
        PythonBinary.of(ElfFile.open(Interpreters.library(version))).orElseThrow();
    String function = version.startsWith("2") ? "PyEval_EvalFrameEx" : "_PyEval_EvalFrameDefault";
    long start = python.file().exported(function).orElseThrow().address();
    ProbeSite site = python.sites("line", Means.IN_PROCESS).sites().getFirst();
    assertThat(callback(python.file()).slots().slot()).isEqualTo(slot);
    PatchWindow window = site.window().orElseThrow();
    assertThat(window.address()).isBetween(start + 1, start + 64);
    for (ProbeSite entry : python.sites("function__entry", Means.IN_PROCESS).sites()) {
      PatchWindow other = entry.window().orElseThrow();
      assertThat(other.end() <= window.address() || window.end() <= other.address()).isTrue();
    }
  }

  private static Callback.PerThread callback(ElfFile file) throws Exception {
    ProbeSite site =
        PythonBinary.of(file).orElseThrow().sites("line", Means.IN_PROCESS).sites().getFirst();
    return (Callback.PerThread) site.callback().orElseThrow();
  }
}
