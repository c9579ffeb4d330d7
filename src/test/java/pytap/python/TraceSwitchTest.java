package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

final class TraceSwitchTest {

  /// As in CPython 3.14.0 Python/pylifecycle.c `init_interp_main`; with the other names of the
  /// variable that a file has, in texts.
  private static final String SOURCE =
      """
      #include <stddef.h>
      struct interpreter { int padding[100]; char jit; long watched; };
      struct configuration { int padding[50]; int perf_profiling; };
      char *Py_GETENV(const char *name);
      int warn(const char *text), watch(struct interpreter *interpreter);
      const char *const help = "PYTHON_JIT=1 switches it on, says PYTHON_JIT";
      int init(struct interpreter *interpreter, struct configuration *configuration) {
        int enabled = DEFAULT;
        char *env = Py_GETENV("PYTHON_JIT");
        if (env && *env != '\\0') {
          enabled = *env != '0';
        }
        if (enabled) {
          if (configuration->perf_profiling > 0) {
            warn("no");
          } else {
            interpreter->jit = 1;
          }
        }
        interpreter->watched = 7;
        return watch(interpreter);
      }
      """;

  private static final String OTHERS =
      """
      #define OPAQUE __attribute__((noipa))
      OPAQUE char *Py_GETENV(const char *name) { return NULL; }
      OPAQUE int warn(const char *text) { return 0; }
      OPAQUE int watch(struct interpreter *interpreter) { return 0; }
      """;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"-O1", "-O2", "-O3", "-Os"})
  void whatABuildDoesUnaskedIsReadFromItsCode(String optimization) throws Exception {
    for (boolean on : new boolean[] {false, true}) {
      for (String kind : new String[] {"-fPIC -shared", "-no-pie -fno-pie"}) {
        ElfFile file = build(optimization + " " + kind, on);
        assertThat(TraceSwitch.onByDefault(file)).as(kind).isEqualTo(on);
      }
    }
  }

  @Test
  void aBuildWhoseCodeIsNotUnderstoodCountsAsOn() throws Exception {
    Path file =
        Interpreters.built(directory, "-fPIC -shared", "const char *name = \"PYTHON_JIT\";");
    assertThat(TraceSwitch.onByDefault(ElfFile.open(file))).isTrue();
  }

  private ElfFile build(String options, boolean on)
      throws IOException, InterruptedException, FormatException {
    String source = SOURCE.replace("DEFAULT", on ? "1" : "0") + OTHERS;
    String main =
        options.contains("-no-pie") ? "int main(void) { return init(NULL, NULL); }\n" : "";
    return ElfFile.open(Interpreters.built(directory, options, source + main));
  }
}
