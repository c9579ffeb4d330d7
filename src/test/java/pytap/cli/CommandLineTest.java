package pytap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.cli.Options.Request;
import pytap.cli.Options.Script;
import pytap.session.EngineChoice;

/// Every form of every option, and what is said of wrong ones.
final class CommandLineTest {
  private static final String TRY = "Try '--help' for more information.";

  private static Request parse(String... words) {
    return CommandLine.parse(List.of(words));
  }

  private static Options options(String... words) {
    Request request = parse(words);
    assertThat(request).isInstanceOf(Request.Run.class);
    return ((Request.Run) request).options();
  }

  private static void wrong(List<String> lines, String... words) {
    assertThat(parse(words)).isEqualTo(new Request.Wrong(lines));
  }

  @Test
  void aScriptAloneLeavesEverythingElseAsItIs() {
    assertThat(options("a.stp"))
        .isEqualTo(
            new Options(
                new Script.File("a.stp"),
                List.of(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                List.of(),
                0,
                5,
                16,
                EngineChoice.AUTO,
                false));
  }

  @Test
  void everyOptionIsTakenJoinedOrApart() {
    Options expected =
        new Options(
            new Script.Text("probe"),
            List.of("x", "y"),
            Optional.of("cmd arg"),
            OptionalInt.empty(),
            Optional.of("out"),
            List.of("d1", "d2"),
            2,
            3,
            64,
            EngineChoice.IN_PROCESS,
            true);
    assertThat(
            options(
                "-e",
                "probe",
                "-c",
                "cmd arg",
                "-o",
                "out",
                "-I",
                "d1",
                "-I",
                "d2",
                "-v",
                "-v",
                "-p",
                "3",
                "-s",
                "64",
                "--engine",
                "in-process",
                "--lossless",
                "x",
                "y"))
        .isEqualTo(expected);
    assertThat(
            options(
                "x",
                "-eprobe",
                "-ccmd arg",
                "-oout",
                "-Id1",
                "-Id2",
                "-vv",
                "-p3",
                "-s64",
                "--lossless",
                "--engine=in-process",
                "y"))
        .isEqualTo(expected);
    assertThat(options("-vvp3", "x", "-e", "probe", "y").lastPass()).isEqualTo(3);
  }

  @Test
  void theScriptIsTheFirstPlainWordWithoutE() {
    assertThat(options("a.stp", "1", "2").script()).isEqualTo(new Script.File("a.stp"));
    assertThat(options("a.stp", "1", "2").arguments()).containsExactly("1", "2");
    assertThat(options("-", "1").script()).isEqualTo(new Script.StandardInput());
    assertThat(options("-x", "12", "a.stp").pid()).hasValue(12);
    assertThat(options("-x12", "a.stp").pid()).hasValue(12);
  }

  @Test
  void twoHyphensEndTheOptions() {
    assertThat(options("-e", "s", "--", "-v", "-x", "--").arguments())
        .containsExactly("-v", "-x", "--");
    assertThat(options("--", "-v").script()).isEqualTo(new Script.File("-v"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "-vh"})
  void helpIsAnsweredAtOnce(String word) {
    assertThat(parse(word)).isEqualTo(new Request.Help());
    assertThat(parse(word, "--nonsense")).isEqualTo(new Request.Help());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V", "-vV"})
  void theVersionIsAnsweredAtOnce(String word) {
    assertThat(parse(word)).isEqualTo(new Request.Version());
  }

  @ParameterizedTest
  @ValueSource(strings = {"e", "c", "x", "o", "I", "p", "s"})
  void anOptionWithoutItsArgumentIsRefused(String letter) {
    wrong(List.of("pytap: option requires an argument -- '" + letter + "'", TRY), "-" + letter);
    wrong(List.of("pytap: option requires an argument -- '" + letter + "'", TRY), "-v" + letter);
  }

  @Test
  void unknownOptionsAreRefused() {
    wrong(List.of("pytap: invalid option -- 'Z'", TRY), "-Z");
    wrong(List.of("pytap: invalid option -- 'q'", TRY), "-vq");
    wrong(List.of("pytap: unrecognized option '--frob=1'", TRY), "--frob=1");
  }

  @Test
  void anEngineMustBeOneThatThereIs() {
    assertThat(options("--engine=kernel", "s").engine()).isEqualTo(EngineChoice.KERNEL);
    assertThat(options("--engine", "auto", "s").engine()).isEqualTo(EngineChoice.AUTO);
    wrong(
        List.of("Invalid engine 'ebpf' (should be kernel, in-process or auto)."),
        "--engine=ebpf",
        "s");
    wrong(List.of("Invalid engine '' (should be kernel, in-process or auto)."), "--engine=", "s");
    wrong(List.of("pytap: option '--engine' requires an argument", TRY), "s", "--engine");
    wrong(List.of("pytap: unrecognized option '--engineer'", TRY), "--engineer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "abc", "", "99999999999", "1x"})
  void aProcessIdMustBeANumber(String pid) {
    wrong(List.of("Invalid target process ID number."), "-e", "s", "-x", pid);
  }

  @ParameterizedTest
  @CsvSource({"0", "6", "two", "''"})
  void aPassMustBeOneToFive(String pass) {
    wrong(List.of("Invalid pass number (should be 1-5)."), "-p", pass);
  }

  @ParameterizedTest
  @CsvSource({"0", "1025", "1M", "-5"})
  void aBufferSizeMustBeInRange(String size) {
    wrong(List.of("Invalid buffer size (should be 1-1024 MiB)."), "-s", size);
  }

  @Test
  void aScriptMustBeGivenOnceAndOneTargetAtMost() {
    wrong(List.of("A script must be specified.", TRY));
    wrong(List.of("A script must be specified.", TRY), "-v", "-c", "true");
    wrong(List.of("Only one script can be given on the command line.", TRY), "-e", "a", "-e", "b");
    wrong(List.of("You can't specify both -c and -x.", TRY), "-e", "a", "-c", "b", "-x", "1");
  }
}
