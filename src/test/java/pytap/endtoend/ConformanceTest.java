package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Scripts with what SystemTap 4.8 on Debian 12 printed for them and returned. A case is a line of
/// bash, `NAME.cmd`, that runs beside `NAME.stp` and the programs to trace; `NAME.out`, `NAME.rc`
/// and, where anything was said, `NAME.err` tell what came of it. Lines that only point to
/// SystemTap's manuals are left out of the comparison.
///
/// The Pythons are Debian 12's 3.11 and Debian 11's 3.9, for which the cases say `@PYTHON39@`.
final class ConformanceTest {
  private static final Path CASES = Path.of("src/test/resources/pytap/conformance");
  private static final List<String> NOT_COMPARED =
      List.of("Tip: ", "Pass 5: run failed", "Number of similar", "Rerun with -v");

  /// Their messages name SystemTap's own files, which are not here.
  private static final Set<String> NAME_FILES =
      Set.of("k14_user_string_fault", "k50_usage_errors", "m57_json_or_prometheus");

  private final Workbench bench = new Workbench();
  @TempDir private Path directory;

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  @TestFactory
  Stream<DynamicTest> aCaseEndsAsUnderSystemTap() throws IOException {
    Files.createSymbolicLink(directory.resolve("stap"), Path.of(Workbench.PYTAP));
    return cases().stream().map(name -> DynamicTest.dynamicTest(name, () -> check(name)));
  }

  private static List<String> cases() throws IOException {
    try (Stream<Path> files = Files.list(CASES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".cmd"))
          .map(name -> name.substring(0, name.length() - ".cmd".length()))
          .sorted()
          .toList();
    }
  }

  private void check(String name) throws IOException {
    Path place = Files.createDirectory(directory.resolve(name));
    try (Stream<Path> programs = Files.list(CASES.resolve("programs"))) {
      programs.forEach(program -> copy(program, place));
    }
    if (Files.exists(CASES.resolve(name + ".stp"))) {
      Files.writeString(place.resolve(name + ".stp"), text(name + ".stp"));
    }
    ProcessBuilder builder =
        bench.builder(
            Map.of(
                "PATH", directory + ":/usr/bin:/bin",
                "LC_ALL", "C.UTF-8",
                "TERM", "dumb",
                "TZ", "UTC"),
            List.of("bash", "-c", text(name + ".cmd")));
    Command command = Command.run(builder.directory(place.toFile()));
    assertThat(comparable(command.out())).as(command.toString()).isEqualTo(expected(name + ".out"));
    assertThat(command.status()).as(command.toString()).isEqualTo(status(name));
    if (!NAME_FILES.contains(name)) {
      assertThat(comparable(command.err()))
          .as(command.toString())
          .isEqualTo(Files.exists(CASES.resolve(name + ".err")) ? expected(name + ".err") : "");
    }
  }

  private static int status(String name) throws IOException {
    return Integer.parseInt(text(name + ".rc").strip());
  }

  private static String expected(String file) throws IOException {
    return text(file).strip();
  }

  private static String text(String file) throws IOException {
    Path python = Interpreters.fetchedInto().resolve("debian-3.9/root/usr/bin/python3.9");
    return Files.readString(CASES.resolve(file), StandardCharsets.UTF_8)
        .replace("@PYTHON39@", python.toString());
  }

  /// Without lines that name manuals, and without blanks at the ends of lines and of the whole.
  private static String comparable(String printed) {
    List<String> lines = new ArrayList<>();
    for (String line : printed.split("\n", -1)) {
      boolean compared =
          NOT_COMPARED.stream().noneMatch(line::startsWith)
              && !line.contains("staprun exited with status");
      if (compared) {
        lines.add(line.stripTrailing());
      }
    }
    return lines.stream().collect(Collectors.joining("\n")).strip();
  }

  private static void copy(Path file, Path directory) {
    try {
      Files.copy(file, directory.resolve(file.getFileName()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
