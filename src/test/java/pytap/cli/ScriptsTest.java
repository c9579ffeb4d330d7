package pytap.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.source.SourceText;
import pytap.source.TracerException;

/// Where scripts and tapsets come from, byte for byte.
final class ScriptsTest {
  private static final byte[] BYTES = {'a', (byte) 0xc3, (byte) 0xa9, (byte) 0xff, '\n'};
  private static final String AS_CHARACTERS = "a\u00c3\u00a9\u00ff\n";

  @TempDir Path directory;

  @Test
  void aFilesBytesAreCharacters() throws Exception {
    Path file = Files.write(directory.resolve("s.stp"), BYTES);
    assertThat(
            Scripts.script(new Options.Script.File(file.toString()), InputStream.nullInputStream()))
        .isEqualTo(new SourceText(file.toString(), AS_CHARACTERS));
  }

  @Test
  void standardInputsBytesAreCharacters() throws Exception {
    assertThat(Scripts.script(new Options.Script.StandardInput(), new ByteArrayInputStream(BYTES)))
        .isEqualTo(new SourceText("<stdin>", AS_CHARACTERS));
  }

  @Test
  void theCommandLinesTextIsItsBytes() throws Exception {
    assertThat(Scripts.script(new Options.Script.Text("\u00e9"), InputStream.nullInputStream()))
        .isEqualTo(new SourceText("<input>", "\u00c3\u00a9"));
  }

  @Test
  void aMissingScriptIsSaidAsStapDoes() {
    TracerException missing =
        catchThrowableOfType(
            TracerException.class,
            () ->
                Scripts.script(
                    new Options.Script.File("/no/such.stp"), InputStream.nullInputStream()));
    assertThat(missing.kind()).isEqualTo(TracerException.Kind.SCRIPT_MISSING);
    assertThat(missing.found()).isEqualTo("Input file '/no/such.stp' is missing.");
  }

  @Test
  void aDirectoryIsNoScript() {
    TracerException unreadable =
        catchThrowableOfType(
            TracerException.class,
            () ->
                Scripts.script(
                    new Options.Script.File(directory.toString()), InputStream.nullInputStream()));
    assertThat(unreadable.kind()).isEqualTo(TracerException.Kind.FILE_UNREADABLE);
  }

  @Test
  void tapsetsAreFoundBelowDirectoriesInOrder() throws Exception {
    Path second = Files.createDirectories(directory.resolve("z/inner"));
    Path first = Files.createDirectories(directory.resolve("a"));
    write(second.resolve("b.stp"));
    write(second.resolveSibling("a.stp"));
    write(second.resolveSibling("notes.txt"));
    write(first.resolve("only.stp"));
    List<String> names =
        Scripts.tapsets(List.of(directory.resolve("z").toString(), first.toString())).stream()
            .map(SourceText::name)
            .toList();
    assertThat(names)
        .containsExactly(
            directory.resolve("z/a.stp").toString(),
            directory.resolve("z/inner/b.stp").toString(),
            first.resolve("only.stp").toString());
  }

  private static void write(Path file) throws IOException {
    Files.writeString(file, "# nothing\n");
  }

  @Test
  void aTapsetDirectoryMustBeThere() {
    TracerException missing =
        catchThrowableOfType(TracerException.class, () -> Scripts.tapsets(List.of("/no/such")));
    assertThat(missing.getMessage())
        .isEqualTo(
            "read the tapset directory /no/such: there is no such directory"
                + " (give -I a directory that holds .stp files)");
  }
}
