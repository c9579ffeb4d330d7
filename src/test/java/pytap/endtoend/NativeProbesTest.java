package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Static markers and functions of programs that are no Python: `native/program.c`, which says
/// itself what a probe should see.
final class NativeProbesTest {
  private static final Path SOURCE = Path.of("src/test/resources/pytap/native/program.c");
  private static final String LIBSTDCXX = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";

  private final Workbench bench = new Workbench();
  @TempDir private Path directory;
  private Path program = Path.of("");

  @BeforeEach
  void compile() {
    program = directory.resolve("program");
    bench
        .run(List.of("gcc", "-O1", "-o", program.toString(), SOURCE.toString()), _ -> {})
        .succeeded();
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  /// What the script prints of the program.
  private String traced(String script) {
    Command pytap =
        bench.pytap("-e", script.replace("PROGRAM", program.toString()), "-c", program.toString());
    assertThat(pytap.succeeded().err()).isEmpty();
    return pytap.out();
  }

  private Command refused(String script) {
    Command pytap = bench.pytap("-e", script.replace("PROGRAM", program.toString()));
    assertThat(pytap.status()).isEqualTo(1);
    assertThat(pytap.out()).isEmpty();
    return pytap;
  }

  @Test
  void everyFormOfOperandIsRead() {
    String registers = "fedcba9876543210 76543210 76543210 3210 3210 10 32 10 fedcba9876543210\n";
    String memory = "four 11 -22 33 -44 33 -7 -5 16\n";
    assertThat(
            traced(
                """
                probe process("PROGRAM").mark("registers") {
                  printf("%x %x %x %x %x %x %x %x %x\\n",
                    $arg1, $arg2, $arg3, $arg4, $arg5, $arg6, $arg7, $arg8, $arg9)
                }
                probe process("PROGRAM").provider("forms").mark("memory") {
                  printf("%s %d %d %d %d %d %d %d %d\\n", user_string($arg1),
                    $arg2, $arg3, $arg4, $arg5, $arg6, $arg7, $arg8, $arg9)
                }
                """))
        .isEqualTo((registers + memory).repeat(3));
  }

  @Test
  void aGuardedMarkerAndOneAtTwoPlacesAreSeenEachTime() {
    assertThat(
            traced(
                """
                probe process("PROGRAM").mark("guarded") { println($$provider, " ", $arg1) }
                probe process("PROGRAM").mark("twice") { println($$provider, " ", $arg1) }
                """))
        .isEqualTo("other 0\nforms 0\nother -1\nforms 1\nother -2\nforms -2\n");
  }

  @Test
  void aPatternStandsForTheMarkersOfEveryProviderThatItFits() {
    assertThat(
            traced(
                """
                global seen
                probe process("PROGRAM").provider("*").mark("[gt]*") {
                  seen[$$provider, $$name, pp() == pn()]++
                }
                """))
        .isEqualTo("seen[\"other\",\"guarded\",0]=3\nseen[\"forms\",\"twice\",0]=3\n");
  }

  @Test
  void argumentsAndResultsOfFunctionsAreThoseTheProgramHas() {
    String truth = bench.run(List.of(program.toString(), "truth"), _ -> {}).succeeded().out();
    assertThat(
            traced(
                """
                global a, b, c, n
                function first:long () { return int_arg(1) }
                probe process("PROGRAM").function("many") {
                  a = int_arg(1)
                  b = uint_arg(2)
                  c = long_arg(7)
                  if (a != first() || long_arg(3) != 1 << 40 || user_string(pointer_arg(4)) != "four"
                      || s32_arg(5) != -5 || u32_arg(6) != 250
                      || user_string(pointer_arg(8)) != "eight" || register("edi") != a)
                    println("wrong")
                }
                probe process("PROGRAM").function("many").return {
                  printf("many %d %u %d = %d", a, b, c, $return)
                }
                probe process("PROGRAM").function("twofold").call { n = int_arg(1) }
                probe process("PROGRAM").function("twofold").return {
                  printf(", twofold %d = %d\\n", n, returnval() << 32 >> 32)
                }
                probe process("PROGRAM").function("depth").return { n = $return }
                probe end { printf("depth %d\\n", n) }
                """))
        .isEqualTo(truth);
  }

  @Test
  void eachProbeKnowsWhereItIs() throws IOException {
    String path = program.toRealPath().toString();
    assertThat(
            traced(
                """
                function where:string () {
                  return sprintf("%s %s %d %s", ppfunc(), probefunc(), is_return(), probe_type())
                }
                probe process("PROGRAM").function("twof*") { println(pp(), " ", where()) exit() }
                probe process("PROGRAM").function("ma?y").return { println(pp(), " ", where()) }
                """))
        .isEqualTo(
            """
            process("%1$s").function("many").return many many 1 uretprobe
            process("%1$s").function("twofold") twofold twofold 0 uprobe
            """
                .formatted(path));
  }

  @Test
  void everyCallIsCountedOfRecursionsToo() {
    assertThat(
            traced(
                """
                global calls, returns
                probe process("PROGRAM").function("d[aeiou]pth").call { calls++ }
                probe process("PROGRAM").function("depth").return { returns++ }
                probe end { printf("%d %d\\n", calls, returns) }
                """))
        .isEqualTo("21 21\n");
  }

  @Test
  void functionsOfAStrippedProgramAreKnownByItsDebuggingInformation() throws IOException {
    Path debug = Files.createDirectory(directory.resolve(".debug")).resolve("program.debug");
    bench
        .bash(
            "objcopy --only-keep-debug %1$s %2$s && strip %1$s && objcopy --add-gnu-debuglink=%2$s %1$s"
                .formatted(program, debug))
        .succeeded();
    String path = program.toRealPath().toString();
    assertThat(bench.pytap("-l", "process(\"" + program + "\").function(\"*o*\")").out())
        .contains("process(\"" + path + "\").function(\"twofold\")\n");
    assertThat(traced("probe process(\"PROGRAM\").function(\"twofold\") { println(int_arg(1)) }"))
        .isEqualTo("0\n-1\n-2\n");
    Files.delete(debug);
    assertThat(refused("probe process(\"PROGRAM\").function(\"twofold\") { exit() }").err())
        .contains(
            "no function that the file exports has that name, and of others the names were"
                + " stripped; install the file's debugging information");
  }

  @Test
  void whatIsNotThereIsRefusedByName() {
    assertThat(refused("probe process(\"PROGRAM\").mark(\"twice\") { println($arg2) }").err())
        .contains("cannot read $arg2 of the marker twice: " + program + " gives it $arg1 only");
    assertThat(refused("probe process(\"PROGRAM\").function(\"none\") { exit() }").err())
        .contains("cannot find the function none in " + program);
    assertThat(
            refused("probe process(\"PROGRAM\").provider(\"forms\").mark(\"g*\") { exit() }").err())
        .contains("no marker of the file fits that");
    Command inProcess =
        bench.pytap(
            "--engine",
            "in-process",
            "-e",
            "probe process(\"" + program + "\").function(\"many\") { exit() }",
            "-c",
            program.toString());
    assertThat(inProcess.status()).isEqualTo(1);
    assertThat(inProcess.err())
        .isEqualTo(
            """
            pytap: cannot use the in-process engine: the script probes native functions, which only \
            the kernel can take
            Tip: leave --engine out
            """);
  }

  @Test
  void whatNamesNoProgramIsOfWhateverTheCommandRuns() {
    String script =
        """
        probe process.function("twofold") { println(int_arg(1)) }
        probe process.mark("guarded") { println($$name) }
        """;
    Command pytap = bench.pytap("-e", script, "-c", "sh -c '" + program + "; true'");
    assertThat(pytap.succeeded().out()).isEqualTo("guarded\n0\nguarded\n-1\nguarded\n-2\n");
    assertThat(pytap.err()).isEmpty();
    Command other =
        bench.pytap("-e", "probe process.function(\"none\") { exit() }", "-c", program.toString());
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err())
        .isEqualTo(
            """
            pytap: cannot trace what the command runs: nothing that it ran has what the script probes
            Tip: check the names, or name the file: process("/path/to/program")
            """);
  }

  @Test
  void filesAreNamedByPatternsToo() throws IOException {
    String path = program.toRealPath().toString();
    String pattern = path.replace("/program", "/pro[a-g]r?m");
    assertThat(list("-l", "process(\"" + pattern + "\").function(\"twof*\")"))
        .isEqualTo("process(\"" + path + "\").function(\"twofold\")\n");
    assertThat(
            traced(
                """
                global n
                probe process.library("libc.s?.*").function("printf") { n++ }
                probe process("PROGRAM").function("main").return { println("printed ", n) }
                """))
        .isEqualTo("printed 0\n");
  }

  @Test
  void theEvalFunctionIsNeverProbedWhereItReturns() {
    assertThat(
            refused(
                    "probe"
                        + " process(\"/usr/bin/python3\").function(\"_PyEval_EvalFrameDefault\").return"
                        + " { exit() }")
                .err())
        .contains("kills Pythons that switch stacks; python.function.return tells of every frame");
  }

  @Test
  void markersOfALibraryAreThoseOfItsFile() throws IOException {
    String source = "int main() { for (int i = 0; i < 3; i++) try { throw i; } catch (int) {} }";
    Path thrower = directory.resolve("thrower");
    Files.writeString(directory.resolve("thrower.cc"), source);
    bench.bash("g++ -o %1$s %1$s.cc".formatted(thrower)).succeeded();
    String script =
        "probe process(\"THROWER\").library(\"libstdc++.so.6\").mark(\"*\")"
            + " { println($$provider, \":\", $$name, \" \", $arg1 != 0, \" \", $arg2 != 0) }";
    assertThat(
            bench
                .pytap(
                    "-e", script.replace("THROWER", thrower.toString()), "-c", thrower.toString())
                .succeeded()
                .out())
        .isEqualTo("libstdcxx:throw 1 1\nlibstdcxx:catch 1 1\n".repeat(3));
  }

  @Test
  void listsNameWhatPatternsStandForAndTheirVariables() throws IOException {
    String path = program.toRealPath().toString();
    assertThat(list("-l", "process(\"PROGRAM\").function(\"[mt][aw]*\").return"))
        .isEqualTo(
            """
            process("%1$s").function("main").return
            process("%1$s").function("many").return
            process("%1$s").function("twice").return
            process("%1$s").function("twofold").return
            """
                .formatted(path)
                .replace("process(\"" + path + "\").function(\"twice\").return\n", ""));
    assertThat(list("-L", "process(\"PROGRAM\").mark(\"*\")"))
        .isEqualTo(
            """
            process("%1$s").mark("guarded") $arg1:long
            process("%1$s").mark("memory") $arg1:long $arg2:long $arg3:long $arg4:long $arg5:long \
            $arg6:long $arg7:long $arg8:long $arg9:long
            process("%1$s").mark("registers") $arg1:long $arg2:long $arg3:long $arg4:long $arg5:long \
            $arg6:long $arg7:long $arg8:long $arg9:long
            process("%1$s").mark("twice") $arg1:long
            """
                .formatted(path));
    assertThat(list("-l", "process(\"" + LIBSTDCXX + "\").provider(\"*\").mark(\"*throw\")"))
        .isEqualTo(
            """
            process("%1$s").provider("libstdcxx").mark("rethrow")
            process("%1$s").provider("libstdcxx").mark("throw")
            """
                .formatted(Path.of(LIBSTDCXX).toRealPath()));
  }

  private String list(String option, String point) {
    return bench.pytap(option, point.replace("PROGRAM", program.toString())).succeeded().out();
  }

  /// A copy of the C library: no other process runs it. What its functions do must not change, and
  /// thousands of them are attached to in less than a second.
  @Test
  void everyFunctionOfTheCLibraryIsAttachedToAndDoesWhatItDid() throws IOException {
    Path library = directory.resolve("libc.so.6");
    Files.copy(Path.of("/lib/x86_64-linux-gnu/libc.so.6"), library);
    String command = "env LD_LIBRARY_PATH=" + directory + " " + program + " truth";
    String point = "process(\"" + program + "\").library(\"" + library + "\").function(\"*\")";
    assertThat(bench.pytap("-l", point).succeeded().out().lines().count()).isGreaterThan(2000);
    String script =
        "global calls probe "
            + point
            + " { calls[ppfunc()]++ } probe end { println(calls[\"printf\"]) delete calls }";
    String truth = bench.bash(command).succeeded().out();
    Command pytap = bench.pytap("-D", "MAXMAPENTRIES=10000", "-e", script, "-c", command);
    assertThat(pytap.succeeded().out()).isEqualTo(truth + "4\n");
    assertThat(pytap.err()).isEmpty();
  }
}
