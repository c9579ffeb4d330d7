package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Options, arguments and streams.
final class CommandLineTest {
  private static final String SMALL =
      """
      global n
      probe python.function.entry { if (lineno > 3) n[funcname]++ }
      probe timer.s(1) { foreach ([f] in n- limit 3) printf("%s %d\\n", f, n[f]); delete n }
      """;

  private final Workbench bench = new Workbench();

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  @Test
  void theVersionIsPrinted() {
    for (String option : List.of("-V", "--version")) {
      assertPrints(
          bench.pytap(option),
          """
          pytap 0.1.0
          Traces CPython 2.7 and 3.6 to 3.15 on Linux with SystemTap scripts.
          """);
    }
  }

  @Test
  void helpNamesEveryOption() {
    Command help = bench.pytap("--help");
    assertPrints(help, help.out());
    assertThat(help.out()).startsWith("Usage: pytap [options] FILE");
    for (String option : List.of("-c", "-x", "-o", "-I", "-s", "-p", "-v", "-V", "--help")) {
      assertThat(help.out()).contains("\n  " + option + " ");
    }
  }

  @Test
  void passOneShowsTheScriptAsItWasRead() {
    assertPrints(
        bench.pytap("-p1", "-e", SMALL),
        """
        global n
        probe python.function.entry
        {
          if (lineno > 3)
          {
            n[funcname]++
          }
        }
        probe timer.s(1)
        {
          foreach ([f] in n- limit 3)
            printf("%s %d\\n", f, n[f])
          delete n
        }
        """);
  }

  @Test
  void passTwoShowsTheTypedProgram() {
    assertPrints(
        bench.pytap("-p", "2", "-e", SMALL),
        """
        # globals
        n:long [string]
        # probes
        process.provider("python").mark("function__entry") /* <- python.function.entry */
          # locals
          funcname:string
          lineno:long
        {
          funcname = user_string($arg2)
          lineno = $arg3
          if ($arg3 > 3)
            n[funcname] += 1
        }
        timer.s(1) /* <- timer.s(1) */
          # locals
          f:string
        {
          foreach ([f] in n- limit 3)
            printf("%s %d\\n", f, n[f])
          delete n
        }
        """);
  }

  @Test
  void passThreeShowsWhatIsCapturedWhere() {
    Command pass = bench.pytap("-p3", "-e", SMALL).succeeded();
    assertThat(pass.err()).isEmpty();
    assertThat(pass.out())
        .startsWith("# channel 0\npython.function.entry: handler 0\n  at 8: ")
        .contains("\n  in /usr/bin/python3: ")
        .containsPattern("\n    0x[0-9a-f]+ ");
  }

  @Test
  void passFourShowsHandlersAndKernelPrograms() {
    Command pass = bench.pytap("-p4", "-e", SMALL).succeeded();
    assertThat(pass.err()).isEmpty();
    assertThat(pass.out())
        .startsWith("handler0_channel0(Lpytap/runtime/Machine;)V\n")
        .contains("\n# /usr/bin/python3\n# site 0: channel 0, 0x")
        .contains(": call ringbuf_output\n");
  }

  @Test
  void verboseSaysWhatIsAttachedAndHow() {
    assertThat(saidOf("kernel"))
        .matches(
            """
            compiled: probes 1, functions 0, globals 0, markers 1, in \\d+ ms
            event buffer: 16 MiB
            engine: kernel
            function__return in /usr/bin/python3.11: .+
            """);
    for (String engine : List.of("in-process", "auto")) {
      assertThat(saidOf(engine))
          .matches(
              """
              compiled: probes 1, functions 0, globals 0, markers 1, in \\d+ ms
              event buffer: 16 MiB
              engine: in-process
              function__return in /usr/bin/python3.11 of process \\d+: .+
              """);
    }
  }

  private String saidOf(String engine) {
    Command pytap =
        bench.pytap(
            "-v",
            "--engine",
            engine,
            "-e",
            "probe python.function.return { exit() }",
            "-c",
            "/usr/bin/python3 -V -c 1");
    return pytap.succeeded().err();
  }

  @Test
  void theBufferIsRoundedUpToAPowerOfTwo() {
    Command pytap = bench.pytap("-v", "-s", "3", "-e", "probe begin { exit() }");
    assertThat(pytap.succeeded().err()).endsWith("\nevent buffer: 4 MiB\n");
  }

  @Test
  void aScriptComesFromStandardInput() {
    assertPrints(
        bench.bash(
            "echo 'probe begin { printf(\"%d %s\\n\", $1, @2) exit() }' | $PYTAP - 12 'a b'"),
        "12 a b\n");
  }

  @Test
  void aScriptComesFromAFile(@TempDir Path directory) throws IOException {
    Path script = directory.resolve("hello.stp");
    Files.writeString(script, "#!/usr/bin/env pytap\nprobe begin { println(@1 . \"!\") exit() }\n");
    assertPrints(bench.pytap(script.toString(), "hello"), "hello!\n");
  }

  @Test
  void anArgumentThatTheScriptDoesNotUseIsSaid() {
    Command pytap = bench.pytap("-e", "probe begin { println($1) exit() }", "1", "2");
    assertThat(pytap.succeeded().out()).isEqualTo("1\n");
    assertThat(pytap.err()).isEqualTo("WARNING: unused command line option $2/@2\n");
  }

  @Test
  void outputGoesToAFile(@TempDir Path directory) throws IOException {
    Path output = directory.resolve("output");
    assertPrints(
        bench.pytap(
            "-o",
            output.toString(),
            "-e",
            "probe begin { println(\"script\") }",
            "-c",
            "echo command"),
        "command\n");
    assertThat(output).hasContent("script");
  }

  @Test
  void theCommandsStreamsPassThrough() {
    Command pytap =
        bench.bash("echo in | $PYTAP -e 'probe end { println(\"end\") }' -c 'cat; echo err >&2'");
    assertThat(pytap.succeeded().out()).isEqualTo("in\nend\n");
    assertThat(pytap.err()).isEqualTo("err\n");
  }

  @Test
  void aPlainCommandIsTheTargetItself() {
    String script =
        "probe python.function.entry { if (funcname == \"f\") println(pid() == target()) }";
    String program = "/usr/bin/python3 -c 'def f(): pass\nf()'";
    assertPrints(bench.pytap("-e", script, "-c", program), "1\n");
    assertPrints(bench.pytap("-e", script, "-c", "true && " + program + "; true"), "0\n");
  }

  @Test
  void aTapsetOfOnesOwnIsFound(@TempDir Path directory) throws IOException {
    Files.writeString(directory.resolve("own.stp"), "function twice(x) { return 2 * x }\n");
    assertPrints(
        bench.pytap("-I", directory.toString(), "-e", "probe begin { println(twice(21)) exit() }"),
        "42\n");
  }

  @Test
  void aTapsetWithAnErrorIsSkipped(@TempDir Path directory) throws IOException {
    Path broken = directory.resolve("broken.stp");
    Files.writeString(broken, "probe broken = begin { x = ; }\n");
    Command pytap =
        bench.pytap("-I", directory.toString(), "-e", "probe begin { println(1) exit() }");
    assertThat(pytap.succeeded().out()).isEqualTo("1\n");
    assertThat(pytap.err())
        .isEqualTo(
            """
            parse error: expected literal string or number
                    saw: operator ';' at %1$s:1:28
                 source: probe broken = begin { x = ; }
                                                    ^

            WARNING: tapset "%1$s" has errors, and will be skipped
            """
                .formatted(broken));
  }

  @Test
  void globalsThatNothingReadsArePrintedAtTheEnd() {
    assertPrints(
        bench.pytap(
            "-e",
            "global a, b, c probe begin { a = 1 b = \"x\" c[1, \"k\"] = 2 c[2, \"k\"] = 3 exit()"
                + " }"),
        """
        a=1
        b="x"
        c[2,"k"]=3
        c[1,"k"]=2
        """);
  }

  private static void assertPrints(Command pytap, String expected) {
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo(expected);
  }
}
