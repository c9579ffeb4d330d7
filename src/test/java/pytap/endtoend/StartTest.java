package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the AOT cache holds. A class that it lacks is read from the jar, for half a millisecond at
/// every start.
final class StartTest {
  private static final String SCRIPT =
      """
      global calls
      probe python.function.entry { calls[pid(), funcname]++ }
      probe timer.ms(100) { foreach ([pid, name] in calls- limit 3) println(name) exit() }
      """;

  @TempDir Path directory;

  @Test
  void launchingLoadsEveryClassFromTheCache() throws IOException {
    assertThat(readFromJar(List.of("-c", "/usr/bin/python3 -c 'import time; time.sleep(60)'")))
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void attachingLoadsEveryClassFromTheCache(Engine engine) throws IOException {
    try (Target target = Target.workload(Interpreters.debian())) {
      assertThat(readFromJar(engine.with(List.of("-x", Long.toString(target.pid()))))).isEmpty();
    }
  }

  private List<String> readFromJar(List<String> arguments) throws IOException {
    Command.run(Command.builder(Map.of(), List.of(Workbench.PYTAP, "-V"))).succeeded();
    Path log = directory.resolve("classes");
    List<String> words = new ArrayList<>(List.of(Workbench.PYTAP, "-e", SCRIPT));
    words.addAll(arguments);
    // Of all places for options this is the one that is read last.
    String option = "-Xlog:class+load:file=" + log;
    Command.run(Command.builder(Map.of("_JAVA_OPTIONS", option), words)).succeeded();
    List<String> loaded = Files.readAllLines(log);
    assertThat(loaded)
        .anyMatch(line -> line.contains("pytap.cli.Main source: shared objects file"));
    return loaded.stream().filter(line -> line.contains("source: file:")).toList();
  }
}
