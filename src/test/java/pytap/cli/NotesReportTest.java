package pytap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.elf.UsdtNote;
import pytap.resolve.FileSurvey;
import pytap.resolve.FileSurvey.Access;
import pytap.resolve.FileSurvey.Marker;

/// What `pytap notes` prints.
final class NotesReportTest {
  private static final Access NONE = new Access.None();

  @Test
  void ofAnInterpreterItSaysWhatIsWrongAndHowItIsGot() {
    Access handlers = new Access.At(3, "opcode handlers RESUME and throw()");
    FileSurvey file =
        new FileSurvey(
            Path.of("/usr/bin/python3.11"),
            Optional.of("CPython 3.11.2, a release build"),
            Optional.empty(),
            List.of(
                new UsdtNote(
                    0x45, "python", "function__entry", 0x4f20a1, 0x8cc5a0, 0xa84260, "8@%rbp"),
                new UsdtNote(0x33, "python", "audit", 0x42512a, 0x8cc5a0, 0, "8@%rbx 8@%r15")),
            List.of(
                new Marker(
                    "python", "audit", 1, Optional.empty(), new Access.At(1, "its probe"), NONE),
                new Marker(
                    "python",
                    "function__entry",
                    1,
                    Optional.of("it fires for throw() only"),
                    handlers,
                    handlers),
                new Marker(
                    "python",
                    "function__return",
                    0,
                    Optional.of("this version has none"),
                    new Access.At(2, "the eval function"),
                    new Access.Refused("no room for a jump"))));

    assertThat(NotesReport.of(file))
        .isEqualTo(
            """
            /usr/bin/python3.11: CPython 3.11.2, a release build

            Displaying notes found in: .note.stapsdt
              Owner                Data size \tDescription
              stapsdt              0x00000045\tNT_STAPSDT (SystemTap probe descriptors)
                Provider: python
                Name: function__entry
                Location: 0x00000000004f20a1, Base: 0x00000000008cc5a0, Semaphore: 0x0000000000a84260
                Arguments: 8@%rbp
              stapsdt              0x00000033\tNT_STAPSDT (SystemTap probe descriptors)
                Provider: python
                Name: audit
                Location: 0x000000000042512a, Base: 0x00000000008cc5a0, Semaphore: 0x0000000000000000
                Arguments: 8@%rbx 8@%r15

            provider  marker            in the file  works  kernel    in-process
            python    audit             1 place      yes    1 place   no
            python    function__entry   1 place      no     3 places  3 places
            python    function__return  no                  2 places  refused

            python:function__entry
              in the file: it fires for throw() only
              both engines: opcode handlers RESUME and throw()

            python:function__return
              this version has none
              kernel: the eval function
              in-process: cannot, no room for a jump
            """);
  }

  @Test
  void ofAnInterpreterThatIsNotKnownItSaysSo() {
    FileSurvey file =
        new FileSurvey(
            Path.of("/opt/python"),
            Optional.empty(),
            Optional.of("CPython 3.99.0; supported are 2.7"),
            List.of(),
            List.of());

    assertThat(NotesReport.of(file))
        .isEqualTo(
            "/opt/python: a CPython that pytap does not know, CPython 3.99.0; supported are 2.7\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/usr/bin/python3.11", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"})
  void theNotesAreShownAsReadelfShowsThem(String path) throws Exception {
    Process readelf =
        new ProcessBuilder("readelf", "-n", path)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String all = new String(readelf.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String theirs = all.substring(all.indexOf("Displaying notes found in: .note.stapsdt"));
    assertThat(readelf.waitFor()).isZero();

    String ours = NotesReport.of(FileSurvey.of(Path.of(path)));
    assertThat(ours.substring(ours.indexOf("Displaying"), ours.indexOf("\nprovider ")))
        .isEqualTo(theirs.endsWith("\n\n") ? theirs.substring(0, theirs.length() - 1) : theirs);
  }
}
