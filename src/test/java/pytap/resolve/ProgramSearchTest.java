package pytap.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.source.TracerException;

/// From a program's name to the file that runs.
final class ProgramSearchTest {
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  @TempDir Path directory;

  private Path program(String name) throws TracerException {
    String path = directory.resolve("empty") + ":" + directory.resolve("bin") + ":/usr/bin:/bin";
    return new ProgramSearch(new Surroundings(path, "", directory)).program(name);
  }

  private Path script(String name, String text) throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path file = Files.writeString(bin.resolve(name), text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private TracerException refused(String name) {
    return catchThrowableOfType(TracerException.class, () -> program(name));
  }

  @Test
  void aPathIsItself() throws Exception {
    assertThat(program("/usr/bin/python3")).isEqualTo(PYTHON);
    Files.createDirectories(directory.resolve("bin"));
    Files.createSymbolicLink(directory.resolve("bin/mine"), PYTHON);
    assertThat(program("bin/mine").toRealPath()).isEqualTo(PYTHON.toRealPath());
    assertThat(program("./bin/mine").toRealPath()).isEqualTo(PYTHON.toRealPath());
  }

  @Test
  void aNameIsLookedUpOnThePathInItsOrder() throws Exception {
    assertThat(program("python3")).isEqualTo(PYTHON);
    Files.createDirectories(directory.resolve("bin"));
    Path link = Files.createSymbolicLink(directory.resolve("bin/python3"), PYTHON);
    assertThat(program("python3")).isEqualTo(link);
  }

  @Test
  void whatMayNotBeExecutedIsPassedOver() throws Exception {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Files.writeString(bin.resolve("python3"), "not a program");
    assertThat(program("python3")).isEqualTo(PYTHON);
  }

  @Test
  void aWrapperIsFollowedToTheInterpreterThatItEndsIn() throws Exception {
    script("wrapped", "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n");
    assertThat(program("wrapped")).isEqualTo(PYTHON.toRealPath());
  }

  @Test
  void aWrapperThatEndsInNoInterpreterIsRefused() throws Exception {
    Path file = script("other", "#!/bin/sh\necho hello\n");
    TracerException refused = refused("other");
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.NOT_CPYTHON);
    assertThat(refused.tried())
        .isEqualTo("find the interpreter that the script " + file + " ends in");
    script("fails", "#!/bin/sh\nexit 3\n");
    assertThat(refused("fails").kind()).isEqualTo(TracerException.Kind.NOT_CPYTHON);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThat(refused("no-such-program").getMessage())
        .isEqualTo(
            "find the program no-such-program: it is not in any directory of PATH"
                + " (give its full path)");
    assertThat(refused("/no/such").getMessage())
        .isEqualTo("find the program /no/such: there is no such file (give its full path)");
    assertThat(refused("/no/such").kind()).isEqualTo(TracerException.Kind.COMMAND_NOT_FOUND);
  }
}
