package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The markers of the garbage collector and of imports are, on every interpreter and build of this
/// machine and by both engines, what the Python that is traced knows of its collections and
/// imports: all of them, in their order, with their arguments.
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // builds are made once
final class CollectionsAndImportsTest {

  private static final String SCRIPT =
      """
      probe python.gc.start { printf("start %d\\n", generation) }
      probe python.gc.done { printf("done %d\\n", collected) }
      """;

  private static final String IMPORTS =
      """
      probe python.import.start { printf("start %s\\n", modulename) }
      probe python.import.done { printf("done %s %d\\n", modulename, found) }
      """;

  private static final String WAITING =
      """
      probe python.function.entry { if (funcname == "waiting") println("waiting") }
      """;

  private static final Pattern STATISTICS =
      Pattern.compile(
          "gc: collecting generation (\\d)\\.\\.\\.|gc: done(?:, (\\d+) unreachable)?[,.]");

  private final Path directory;
  private final List<Interpreter> builds;

  CollectionsAndImportsTest(@TempDir Path directory) {
    this.directory = directory;
    builds = Interpreters.find(directory).allBuilds().stream().filter(Safety::isChosen).toList();
  }

  @TestFactory
  Stream<DynamicTest> everyCollectionOfALaunchedProgramIsSeen() {
    return onEach(builds, (engine, python) -> assertSeen(engine, python, "collecting.py", SCRIPT));
  }

  @TestFactory
  Stream<DynamicTest> everyImportOfALaunchedProgramIsSeen() {
    return onEach(
        withImportlib(), (engine, python) -> assertSeen(engine, python, "importing.py", IMPORTS));
  }

  @TestFactory
  Stream<DynamicTest> everyCollectionAndImportIsSeenOnceAttachedTo() {
    return onEach(
        builds,
        (engine, python) -> {
          assertSeenAttached(engine, python, "collecting.py", SCRIPT);
          if (!python.version().startsWith("2.")) {
            assertSeenAttached(engine, python, "importing.py", IMPORTS);
          }
        });
  }

  /// What the collector prints of itself is the truth to the very end of the interpreter, when no
  /// callback is called any more; and where it prints, the code takes another way.
  @TestFactory
  Stream<DynamicTest> theLastCollectionsAreSeenAndThoseThatArePrinted() {
    return onEach(
        builds,
        (engine, python) -> {
          Path program = copy("statistics.py");
          Path printed = program.resolveSibling("printed");
          String command = python.executable() + " " + program + " 2> " + printed;
          Command pytap = Pytap.launch(engine, python, SCRIPT, command);
          assertThat(pytap.status()).as("exit status of %s", pytap).isEqualTo(0);
          List<String> truth = statistics(printed);
          List<String> events = pytap.out().lines().toList();
          assertThat(truth).hasSizeGreaterThan(8);
          // The first were not printed yet.
          assertThat(events.subList(events.size() - truth.size(), events.size())).isEqualTo(truth);
        });
  }

  private static List<String> statistics(Path printed) {
    List<String> events = new ArrayList<>();
    Matcher line = STATISTICS.matcher(text(printed));
    while (line.find()) {
      String count = line.group(2) == null ? "0" : line.group(2);
      events.add(line.group(1) == null ? "done " + count : "start " + line.group(1));
    }
    return events;
  }

  private void assertSeen(Engine engine, Interpreter python, String name, String script) {
    Path program = copy(name);
    Command pytap = Pytap.launch(engine, python, script, python.executable() + " " + program);
    assertThat(said(engine, python, pytap)).isEmpty();
    assertThat(pytap.status()).as("exit status of %s", pytap).isEqualTo(0);
    assertHolds(pytap.out().lines().toList(), truth(program));
  }

  private void assertSeenAttached(Engine engine, Interpreter python, String name, String script) {
    Path program = copy(name);
    try (Target target = Target.program(python, program)) {
      Command pytap =
          Pytap.attach(
              engine,
              target,
              List.of("-e", WAITING + script),
              line -> {
                if (line.equals("waiting")) {
                  target.go();
                  target.finish();
                }
              });
      assertThat(said(engine, python, pytap)).isEmpty();
      assertThat(pytap.status()).as("exit status of %s", pytap).isEqualTo(0);
      List<String> events = pytap.out().lines().filter(line -> !line.equals("waiting")).toList();
      assertHolds(events, truth(program));
    }
  }

  /// What was said on standard error, but for the gap of which pytap warns.
  private static List<String> said(Engine engine, Interpreter python, Command pytap) {
    boolean lazy = engine == Engine.IN_PROCESS && python.version().startsWith("3.15");
    return pytap
        .err()
        .lines()
        .filter(line -> !lazy || !line.endsWith("a lazy import loads when asked for are not seen"))
        .toList();
  }

  /// The program does not know of what happens before it begins to look and after it has ended: by
  /// itself nothing of that is wrong.
  private static void assertHolds(List<String> events, List<String> truth) {
    assertThat(truth).hasSizeGreaterThan(8);
    int at = Collections.indexOfSubList(events, truth);
    assertThat(at).as("%s in %s", truth, events).isNotNegative();
    List<String> others = new ArrayList<>(events.subList(0, at));
    others.addAll(events.subList(at + truth.size(), events.size()));
    assertThat(others.stream().filter(line -> line.startsWith("start ")).count())
        .isEqualTo(others.stream().filter(line -> line.startsWith("done ")).count());
  }

  private List<Interpreter> withImportlib() {
    return builds.stream().filter(python -> !python.version().startsWith("2.")).toList();
  }

  /// The program in a directory of its own, which it writes to.
  private Path copy(String name) {
    try {
      Path copy = Files.createTempDirectory(directory, "run").resolve(name);
      return Files.copy(Target.FOLDER.resolve(name), copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> truth(Path program) {
    return text(program.resolveSibling(program.getFileName() + ".truth")).lines().toList();
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<DynamicTest> onEach(
      List<Interpreter> interpreters, BiConsumer<Engine, Interpreter> test) {
    return interpreters.stream()
        .flatMap(python ->
            Stream.of(Engine.values())
                .map(engine ->
                    dynamicTest(python + ", " + engine, () -> test.accept(engine, python))));
  }
}
