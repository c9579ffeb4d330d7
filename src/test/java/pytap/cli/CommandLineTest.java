package pytap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.cli.Options.Request;
import pytap.cli.Options.Script;
import pytap.runtime.Limits;
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
                List.of(),
                Optional.empty(),
                OptionalInt.empty(),
                Options.Output.STANDARD,
                List.of(),
                0,
                5,
                16,
                EngineChoice.AUTO,
                false,
                false,
                OptionalInt.empty(),
                Options.Language.DEFAULT,
                List.of()));
  }

  @Test
  void everyOptionIsTakenJoinedOrApart() {
    Options expected =
        new Options(
            new Script.Text("probe"),
            List.of("probe more"),
            List.of("x", "y"),
            Optional.of("cmd arg"),
            OptionalInt.empty(),
            new Options.Output(Optional.of("out"), 2, 3),
            List.of("d1", "d2"),
            2,
            3,
            64,
            EngineChoice.IN_PROCESS,
            true,
            true,
            OptionalInt.of(7),
            new Options.Language(
                Limits.DEFAULT.with("MAXERRORS", 4).orElseThrow(),
                Map.of("g", "5"),
                false,
                Options.Warnings.HIDDEN,
                true,
                false),
            List.of());
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
                "-E",
                "probe more",
                "-S",
                "2,3",
                "-T",
                "7",
                "-D",
                "MAXERRORS=4",
                "-G",
                "g=5",
                "-u",
                "-w",
                "--engine",
                "in-process",
                "--lossless",
                "--raw-markers",
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
                "-Eprobe more",
                "-S2,3",
                "-T7",
                "-DMAXERRORS=4",
                "-Gg=5",
                "-uw",
                "--lossless",
                "--raw-markers",
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
  @ValueSource(strings = {"e", "c", "x", "o", "I", "p", "s", "E", "D", "G", "S", "T", "l"})
  void anOptionWithoutItsArgumentIsRefused(String letter) {
    wrong(List.of("pytap: option requires an argument -- '" + letter + "'", TRY), "-" + letter);
    wrong(List.of("pytap: option requires an argument -- '" + letter + "'", TRY), "-v" + letter);
  }

  @Test
  void unknownOptionsAreRefused() {
    wrong(List.of("pytap: invalid option -- 'Z'", TRY), "-Z");
    wrong(List.of("pytap: invalid option -- 'y'", TRY), "-vy");
    wrong(List.of("pytap: option requires an argument -- 'm'", TRY), "-m");
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

  @Test
  void whatChangesNothingHereIsSaidInDetail() {
    assertThat(options("-e", "s", "-k", "--ldd", "-Bx", "--privilege=stapusr").idle())
        .containsExactly(
            "-k changes nothing here: there is no temporary directory",
            "--ldd changes nothing here: symbols are read from the files that the target has"
                + " mapped",
            "-B changes nothing here: no kernel module is built",
            "--privilege changes nothing here: a script can do nothing that its user may not");
  }

  @Test
  void whatCannotBeDoneIsRefusedWithTheReason() {
    wrong(
        List.of(
            "-F is not supported: a script does not stay when pytap ends.",
            "Run pytap in the background instead, with -o FILE and, for a bounded size, -S."),
        "-F");
    wrong(List.of("--remote is not supported: run pytap there, by way of ssh."), "--remote", "h");
    wrong(
        List.of("ERROR --suppress-time-limits requires guru mode (-g)"), "--suppress-time-limits");
    wrong(List.of("You have to specify output FILE with '-S' option.", TRY), "-S", "1", "-e", "s");
    wrong(List.of("Invalid timeout interval."), "-T", "0");
    wrong(List.of("Invalid --vp argument: it takes 1 to 5 digits."), "--vp", "x");
    wrong(List.of("Invalid argument 'red' for --color."), "--color=red");
  }

  @Test
  void aLongOptionMayBeCutShortWhereItIsClear() {
    assertThat(options("-e", "s", "--suppress-h").language().limits().suppressErrors()).isTrue();
    wrong(
        List.of(
            "pytap: option '--suppress' is ambiguous; possibilities: '--suppress-time-limits'"
                + " '--suppress-handler-errors'",
            TRY),
        "--suppress");
    wrong(List.of("pytap: option '--ldd' doesn't allow an argument", TRY), "--ldd=1");
    wrong(List.of("pytap: option '--vp' requires an argument", TRY), "--vp");
  }

  @Test
  void listsAndCataloguesNeedNoScript() {
    assertThat(parse("-l", "begin")).isInstanceOf(Request.ListPoints.class);
    assertThat(((Request.ListPoints) parse("-L", "begin")).variables()).isTrue();
    assertThat(parse("--dump-functions")).isEqualTo(new Request.Dump(Options.Catalogue.FUNCTIONS));
  }

  @Test
  void notesAndDoctorAreCommandsOfTheirOwn() {
    assertThat(parse("notes", "/usr/bin/python3")).isEqualTo(new Request.Notes("/usr/bin/python3"));
    assertThat(parse("doctor")).isEqualTo(new Request.Doctor(OptionalInt.empty()));
    assertThat(parse("doctor", "7")).isEqualTo(new Request.Doctor(OptionalInt.of(7)));
    assertThat(options("./notes").script()).isEqualTo(new Script.File("./notes"));
    List<String> usage = List.of("Usage: pytap notes FILE, or: pytap notes PID", TRY);
    wrong(usage, "notes");
    wrong(usage, "notes", "-v");
    wrong(usage, "notes", "a", "b");
    wrong(List.of("Usage: pytap doctor [PID]", TRY), "doctor", "0");
    wrong(List.of("Usage: pytap doctor [PID]", TRY), "doctor", "7", "8");
  }
}
