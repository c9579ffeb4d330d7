package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Options of stap's that say what is listed, how long is traced, where output goes and how it
/// looks.
final class OptionsTest {
  private final Workbench bench = new Workbench();

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  @Test
  void aListNamesWhatAPatternStandsFor() {
    assertLists("python.function.*", "python.function.entry\npython.function.return\n");
    assertLists("python.*", "python.audit\npython.line\n");
    assertLists("python.**turn", "python.function.return\n");
    assertLists("process.*", "process.begin\nprocess.end\n");
    assertLists("*", "begin\nend\nerror\nnever\noneshot\n");
  }

  private void assertLists(String pattern, String expected) {
    Command pytap = bench.pytap("-l", pattern);
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo(expected);
  }

  @Test
  void aListOfVariablesNamesThemAndTheirTypes() {
    assertThat(bench.pytap("-L", "python.function.*").succeeded().out())
        .isEqualTo(
            """
            python.function.entry filename:string funcname:string lineno:long frameptr:long \
            $arg1:long $arg2:long $arg3:long
            python.function.return filename:string funcname:string lineno:long frameptr:long \
            $arg1:long $arg2:long $arg3:long
            """);
  }

  @Test
  void aPatternThatStandsForNothingFails() {
    Command pytap = bench.pytap("-l", "python.nosuch*");
    assertThat(pytap.status()).isEqualTo(1);
    assertThat(pytap.out()).isEmpty();
    assertThat(pytap.err()).isEmpty();
  }

  @Test
  void tracingEndsAfterSomeSeconds() {
    String script = "probe begin { println(\"begin\") } probe end { println(\"end\") }";
    assertThat(bench.pytap("-T", "1", "-e", script).succeeded().out()).isEqualTo("begin\nend\n");
  }

  @Test
  void theLastFilesAreKept(@TempDir Path directory) throws IOException {
    String script =
        "probe begin { for (i = 0; i < 4; i++) { printf(\"part %d\\n\", i) switch_file() }"
            + " print(\"rest\") exit() }";
    String output = directory.resolve("output").toString();
    assertThat(bench.pytap("-o", output, "-S", "1,2", "-e", script).succeeded().out()).isEmpty();
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertThat(names).containsExactly("output.3", "output.4");
    }
    assertThat(directory.resolve("output.3")).hasContent("part 3\n");
    assertThat(directory.resolve("output.4")).hasContent("rest");
  }

  @Test
  void messagesAreColouredWhereThatIsAskedFor() {
    Command pytap = bench.pytap("--color=always", "-e", "probe begin { print(1 + ) }");
    assertThat(pytap.status()).isEqualTo(1);
    assertThat(pytap.err())
        .isEqualTo(
            """
            E[01;31mparse error:E[mE[K expected literal string or number
                    saw: operator ')' at <input>:1:25
                 source: E[00;34mprobe begin { print(1 + ) }E[mE[K
                                                 E[01m^E[mE[K

            1 parse error.
            Pass 1: parse failed.  [man error::pass1]
            """
                .replace("E[", "\033["));
  }

  /// The handler does not wait for it.
  @Test
  void aCommandOfTheScriptsPrintsBehindWhatWasPrinted() {
    String script =
        "probe begin { println(\"before\") system(\"echo command\") exit() }"
            + " probe end { println(\"after\") }";
    assertThat(bench.pytap("-e", script).succeeded().out())
        .isIn("before\ncommand\nafter\n", "before\nafter\ncommand\n");
  }
}
