package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Programs that what is traced executes, in every way that Python has for it.
final class ReachTest {
  private static final Path PROGRAM = Target.FOLDER.resolve("reach.py").toAbsolutePath();
  private static final List<String> WAYS =
      List.of("subprocess", "shell", "execute", "spawn", "forkserver");

  private static final String SCRIPT =
      """
      global knocks, entered, left
      probe begin { println("armed") }
      probe python.function.entry {
        if (funcname == "knock" && knocks++ == 0) println("heard")
        if (funcname == "counted") entered++
      }
      probe python.function.return { if (funcname == "counted") left++ }
      probe end { printf("%d %d %d\\n", knocks, entered, left) }
      """;

  private final Path directory;
  private final Interpreters interpreters;

  ReachTest(@TempDir Path directory) {
    this.directory = directory;
    interpreters = Interpreters.find(directory);
  }

  private Interpreter other() {
    return interpreters.pyenv("3.13").getFirst();
  }

  /// From the first call that was seen on, every call is.
  @TestFactory
  Stream<DynamicTest> whatAnAttachedProcessExecutesIsTracedOnceItIsFound() {
    return each((engine, way) -> {
      Path file = directory.resolve("attached-" + engine + "-" + way);
      Workbench.Conversation target = start(way, file);
      assertThat(target.hear()).isEqualTo("ready");
      Command pytap = attach(engine, target, file);
      assertThat(target.finish()).isZero();
      assertThat(pytap.succeeded().out().lines().toList().getLast()).endsWith(" 1000 1000");
      boolean sameFile = way.equals("spawn") || way.equals("forkserver");
      if (engine == Engine.KERNEL && sameFile) {
        assertThat(pytap.err()).isEmpty(); // its probes are there before it runs
      } else {
        assertThat(pytap.err()).matches("WARNING: with -x a program that the target .*\n");
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> whatALaunchedCommandExecutesIsTracedFromItsFirstCall() {
    return each((engine, way) -> {
      Path file = directory.resolve("launched-" + engine + "-" + way);
      List<String> words = words(way, file);
      List<String> arguments = engine.with(List.of("-e", SCRIPT, "-c", String.join(" ", words)));
      Command pytap =
          Command.run(
              Pytap.process(Map.of(), arguments),
              line -> {
                if (line.equals("heard")) {
                  create(file);
                }
              });
      List<String> said = pytap.succeeded().out().lines().toList();
      String knocked =
          said.stream().filter(line -> line.startsWith("knocked ")).findFirst().orElseThrow();
      assertThat(said.getLast()).isEqualTo(knocked.substring("knocked ".length()) + " 1000 1000");
      assertThat(pytap.err()).isEmpty();
    });
  }

  private interface Case {
    void run(Engine engine, String way) throws IOException;
  }

  private static Stream<DynamicTest> each(Case test) {
    return Stream.of(Engine.values())
        .flatMap(engine ->
            WAYS.stream()
                .map(way -> dynamicTest(engine + ", " + way, () -> test.run(engine, way))));
  }

  private List<String> words(String way, Path file) {
    return List.of(
        Interpreters.debian().executable().toString(),
        PROGRAM.toString(),
        way,
        other().executable().toString(),
        file.toString());
  }

  private Workbench.Conversation start(String way, Path file) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words(way, file));
    return new Workbench.Conversation(
        builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private static Command attach(Engine engine, Workbench.Conversation target, Path file) {
    List<String> arguments = new ArrayList<>(engine.with(List.of("-e", SCRIPT)));
    arguments.addAll(List.of("-x", Long.toString(target.process().pid())));
    return Command.run(
        Pytap.process(Map.of(), arguments),
        line -> {
          if (line.equals("armed")) {
            go(target);
          } else if (line.equals("heard")) {
            create(file);
          }
        });
  }

  private static void go(Workbench.Conversation target) {
    try {
      target.process().outputWriter().append("go\n").flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void create(Path file) {
    try {
      Files.createFile(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
