package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Names longer than SystemTap's usual limit for texts.
final class LongTextTest {
  /// Of one, two, three and four bytes a character of UTF-8, which CPython keeps in as many, or
  /// less.
  private static final List<String> NAMES =
      List.of(
          "f".repeat(4095),
          "\u00e9".repeat(2047),
          "\u65e5".repeat(1365),
          "\ud801\udc00".repeat(1000));

  private static final String SCRIPT =
      """
      probe python.function.entry {
        if (user_string($arg1) =~ "^/tmp" && user_string($arg2) !~ "^<modu")
          println(user_string($arg2))
      }
      """;

  private final Interpreters interpreters;

  @TempDir private Path directory;

  LongTextTest(@TempDir Path work) {
    interpreters = Interpreters.find(work);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void namesAreWholeUpToTheLimitThatTheScriptSets(Engine engine) throws IOException {
    List<Interpreter> pythons = new ArrayList<>(interpreters.pyenv("3.6", "3.12"));
    pythons.add(Interpreters.debian());
    for (Interpreter python : pythons) {
      assertThat(traced(engine, python, NAMES, "-D", "MAXSTRINGLEN=4096"))
          .as(python.toString())
          .isEqualTo(String.join("\n", NAMES) + "\n");
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void whatIsLongerIsCut(Engine engine) throws IOException {
    Interpreter python = Interpreters.debian();
    List<String> names = List.of("f".repeat(5000), "g".repeat(600));
    assertThat(traced(engine, python, names, "-D", "MAXSTRINGLEN=6000"))
        .isEqualTo("f".repeat(4095) + "\n" + "g".repeat(600) + "\n");
    assertThat(traced(engine, python, names))
        .isEqualTo("f".repeat(511) + "\n" + "g".repeat(511) + "\n");
    assertThat(traced(engine, python, names, "-D", "MAXSTRINGLEN=8"))
        .isEqualTo("f".repeat(7) + "\n" + "g".repeat(7) + "\n");
  }

  private String traced(Engine engine, Interpreter python, List<String> names, String... options)
      throws IOException {
    StringBuilder program = new StringBuilder();
    for (String name : names) {
      program.append("def ").append(name).append("(): pass\n").append(name).append("()\n");
    }
    Path file = Files.writeString(directory.resolve("long.py"), program);
    String command = python.executable() + " -S -E -B " + file;
    List<String> arguments = engine.with(List.of("-e", SCRIPT, "-c", command));
    arguments.addAll(List.of(options));
    Command pytap = Pytap.run(Map.of(), arguments);
    assertThat(pytap.succeeded().err()).isEmpty();
    return pytap.out();
  }
}
