package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `pytap notes` and `pytap doctor`, asked of this machine.
final class FindingOutTest {
  private static final String WAITING = "import os; print(os.getpid(), flush=True); input()";

  private final Workbench bench = new Workbench();

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  static Stream<Interpreter> fetched() {
    return Interpreters.fetched().stream();
  }

  @Test
  void theNotesOfALibraryAreListed() {
    assertThat(bench.pytap("notes", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6").succeeded().out())
        .startsWith(
            """
            /usr/lib/x86_64-linux-gnu/libstdc++.so.6

            Displaying notes found in: .note.stapsdt
            """)
        .endsWith(
            """

            provider   marker   in the file  works  kernel   in-process
            libstdcxx  catch    1 place      yes    1 place  no
            libstdcxx  rethrow  1 place      yes    1 place  no
            libstdcxx  throw    1 place      yes    1 place  no
            """);
  }

  @ParameterizedTest
  @MethodSource("fetched")
  void ofEveryPythonWithMarkersTheFunctionMarkersAreHadByBothEngines(Interpreter python) {
    String said = bench.pytap("notes", python.codeFile().toString()).succeeded().out();
    assertThat(said.lines().filter(line -> line.startsWith("python    function__")))
        .hasSize(2)
        .allMatch(line -> line.matches(".* \\d+ places? +\\d+ places?"));
    boolean works = python.minorVersion().equals("3.9");
    assertThat(said.lines().anyMatch(line -> line.matches("python +function__entry .* yes .*")))
        .isEqualTo(works);
  }

  @Test
  void aProcessIsLookedAtWithAllThatItHasLoaded() {
    Workbench.Conversation target =
        bench.start(List.of(Workbench.PYTHON, "-c", "import ctypes\n" + load() + WAITING));
    String pid = target.hear();
    assertThat(bench.pytap("notes", pid).succeeded().out())
        .contains("/usr/bin/python3.11: CPython 3.11.2", "\nlibstdcxx  throw    1 place");
  }

  private static String load() {
    return "ctypes.CDLL('/usr/lib/x86_64-linux-gnu/libstdc++.so.6')\n";
  }

  @Test
  void whatHasNoMarkersIsSaidToHaveNone() {
    Command pytap = bench.pytap("notes", "/bin/ls");
    assertThat(pytap.status()).isEqualTo(1);
    assertThat(pytap.out()).isEmpty();
    assertThat(pytap.err())
        .isEqualTo(
            "pytap: cannot find static markers in /bin/ls: the file has none, and holds no"
                + " CPython\n");
  }

  @Test
  void theDoctorFindsThatARunningPythonCanBeTraced() {
    Workbench.Conversation target = bench.start(List.of(Workbench.PYTHON, "-c", WAITING));
    String pid = target.hear();
    String program = Path.of("/usr/bin/python3.11").toString();
    assertThat(bench.pytap("doctor", pid).succeeded().out())
        .contains("  ok    eBPF            programs can be loaded\n", ", process " + pid)
        .endsWith(
            """

            Process %s
              ok    program         %s
              ok    kernel          can trace it
              ok    in-process      can trace it
            """
                .formatted(pid, program));
  }

  @Test
  void theDoctorTellsAnOrdinaryUserWhyAProcessOfRootCannotBeTraced() {
    Workbench.Conversation target = bench.start(List.of(Workbench.PYTHON, "-c", WAITING));
    String pid = target.hear();
    try (OrdinaryUser nobody = OrdinaryUser.with(bench)) {
      Command pytap = bench.run(nobody.pytap("doctor", pid), _ -> {});
      assertThat(pytap.status()).isEqualTo(1);
      assertThat(pytap.err()).isEmpty();
      assertThat(pytap.out())
          .contains("  no    capabilities    the kernel engine lacks CAP_BPF and CAP_PERFMON\n")
          .endsWith(
              """

              Process %s
                no    kernel          this process lacks CAP_BPF and CAP_PERFMON
                                      to do: run pytap as root
                no    in-process      it belongs to the user with the number 0, pytap runs as 65534
                                      to do: run pytap as that user, or as root
              """
                  .formatted(pid));
    }
  }
}
