package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How tracing begins and ends, and what the target sees of it: nothing.
@ParameterizedClass
@EnumSource(Engine.class)
final class LifecycleTest {
  /// Prints its own process id when the probes are in place; `fib(10)` has 177 calls.
  private static final String COUNTING =
      """
      global calls
      probe begin { printf("pytap %d\\n", pid()) }
      probe python.function.entry {
        if (funcname == "fib") calls++
        if (calls == 177) { println("seen") calls = 0 }
      }
      probe end { println("end") }
      """;

  private final Engine engine;
  private final Workbench bench = new Workbench();

  /// A copy of Debian's interpreter that nobody else traces: a probe is in every process that runs
  /// the file.
  private final Path python;

  LifecycleTest(Engine engine, @TempDir Path directory) throws IOException {
    this.engine = engine;
    python = Files.copy(Path.of(Workbench.PYTHON).toRealPath(), directory.resolve("python3"));
  }

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  private Command pytap(String... arguments) {
    return bench.pytap(engine.with(List.of(arguments)), _ -> {});
  }

  @Test
  void aCommandThatFailsIsSaidAndTheStatusIsOne() {
    assertFails("exit 3", "exited with status 3");
    assertFails("/usr/bin/python3 -c 'import sys; sys.exit(3)'", "exited with status 3");
    assertFails("kill -9 $$", "exited with signal 9 (Killed)");
    assertFails("kill -SEGV $$", "exited with signal 11 (Segmentation fault)");
  }

  private void assertFails(String command, String ending) {
    Command pytap = pytap("-e", "probe end { println(\"end\") }", "-c", command);
    assertThat(pytap.err())
        .isEqualTo(
            "WARNING: Child process " + ending + "\nPass 5: run failed.  [man error::pass5]\n");
    assertThat(pytap.out()).isEqualTo("end\n");
    assertThat(pytap.status()).isEqualTo(1);
  }

  @Test
  void exitEndsTheCommandAndAllThatItStarted() {
    for (String command : List.of("sleep 60", "sleep 60; echo no", "(sleep 60 & sleep 61); true")) {
      assertEnds(
          pytap(
              "-e",
              "probe timer.ms(20) { println(1) exit() println(2) } probe end { println(3) }",
              "-c",
              command),
          "1\n2\n3\n");
    }
  }

  @Test
  void exitInABeginProbeMeansThatTheCommandNeverRuns(@TempDir Path other) {
    Path ran = other.resolve("ran");
    assertEnds(
        pytap(
            "-e",
            """
            probe begin { println(1) exit() println(2) }
            probe begin { println("no") }
            probe end { println(3) }
            """,
            "-c",
            "touch " + ran),
        "1\n2\n3\n");
    assertThat(ran).doesNotExist();
  }

  @Test
  void anErrorInTheScriptEndsItWithoutItsEndProbes() {
    Command pytap =
        pytap(
            "-e",
            """
            probe python.function.entry { if (funcname == "f") println(1 / (lineno - lineno)) }
            probe end { println("end") }
            probe error { println("error") }
            """,
            "-c",
            "/usr/bin/python3 -c 'import time\ndef f(): pass\nf(); time.sleep(60)'");
    assertThat(pytap.err())
        .isEqualTo(
            """
            ERROR: division by 0 near operator '/' at <input>:1:62
            WARNING: Number of errors: 1, skipped probes: 0
            Pass 5: run failed.  [man error::pass5]
            """);
    assertThat(pytap.out()).isEqualTo("error\n");
    assertThat(pytap.status()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalEndsItInGoodOrderAndTheTargetGoesOn(String signal) {
    Workbench.Conversation target = answering();
    Command pytap = attach(target, pid -> bench.meanwhile("kill", "-" + signal, pid));
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).matches("pytap \\d+\nseen\nend\n");
    assertUnharmed(target);
  }

  /// The kernel takes breakpoints back by itself. Jumps stay, idle, until the next pytap comes.
  @Test
  void whenPytapIsKilledTheTargetGoesOn() {
    Workbench.Conversation target = answering();
    Command pytap =
        attach(
            target,
            pid -> {
              assertThat(changedCode(target)).as("probes while traced").isPositive();
              bench.meanwhile("kill", "-KILL", pid);
            });
    assertThat(pytap.status()).isEqualTo(128 + 9);
    if (engine == Engine.IN_PROCESS) {
      assertThat(target.ask("12")).isEqualTo("144");
      Command next = attach(target, pid -> bench.meanwhile("kill", pid));
      assertThat(next.succeeded().out()).matches("pytap \\d+\nseen\nend\n");
    }
    assertUnharmed(target);
  }

  @Test
  void whenTheTargetIsKilledTracingEnds() {
    Workbench.Conversation target = answering();
    Command pytap = attach(target, _ -> target.process().destroyForcibly());
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).matches("pytap \\d+\nseen\nend\n");
  }

  @Test
  void whenTheTargetEndsTracingEnds() {
    Workbench.Conversation target = answering();
    Command pytap = attach(target, _ -> assertThat(target.finish()).isZero());
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).matches("pytap \\d+\nseen\nend\n");
  }

  @Test
  void aReaderThatHasSeenEnoughEndsItQuietly() {
    Workbench.Conversation target = answering();
    Command pytap =
        bench.bash(
            """
            $PYTAP --engine %s -e 'probe timer.ms(5) { println("tick") }' -x %s | head -1
            echo ${PIPESTATUS[@]}
            """
                .formatted(engine, target.pid()));
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo("tick\n0 0\n");
    assertUnharmed(target);
  }

  /// The kernel has room for all; code in the target is one pytap's.
  @Test
  void twoAtOnceSeeTheSameOrTheSecondIsRefused() {
    Workbench.Conversation target = answering();
    Workbench.Conversation other =
        bench.start(pytapAnd(engine.with(List.of("-e", COUNTING, "-x", target.pid()))));
    assertThat(other.hear()).startsWith("pytap ");
    if (engine == Engine.IN_PROCESS) {
      Command refused = pytap("-e", COUNTING, "-x", target.pid());
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err()).contains("(pytap) is tracing it from inside already");
      assertThat(target.ask("10")).isEqualTo("55");
      assertThat(other.hear()).isEqualTo("seen");
      assertThat(target.finish()).isZero();
    } else {
      Command pytap =
          attach(
              target,
              _ -> {
                assertThat(other.hear()).isEqualTo("seen");
                assertThat(target.finish()).isZero();
              });
      assertThat(pytap.succeeded().err()).isEmpty();
      assertThat(pytap.out()).matches("pytap \\d+\nseen\nend\n");
    }
    assertThat(other.hear()).isEqualTo("end");
    assertThat(other.finish()).isZero();
  }

  private static List<String> pytapAnd(List<String> arguments) {
    List<String> words = new ArrayList<>(List.of(Workbench.PYTAP));
    words.addAll(arguments);
    return words;
  }

  @Test
  void aDebuggerThatComesAndGoesDoesNoHarm() {
    Workbench.Conversation target = answering();
    Command pytap =
        attach(
            target,
            pid -> {
              assertThat(
                      bench.meanwhile(
                          "gdb", "-p", target.pid(), "-batch", "-nx", "-ex", "print 6 * 7"))
                  .contains("$1 = 42\n");
              assertThat(target.ask("7")).isEqualTo("13");
              bench.meanwhile("kill", pid);
            });
    assertThat(pytap.succeeded().err()).isEmpty();
    assertUnharmed(target);
  }

  /// A process has one tracer: under a command that traces by itself only the kernel can.
  @Test
  void aProgramUnderStraceIsTracedByTheKernel(@TempDir Path directory) throws IOException {
    Path log = directory.resolve("strace");
    String program = Workbench.PYTHON + " " + Target.FOLDER.resolve("answer.py");
    Command pytap =
        bench.bash(
            "echo 10 | $PYTAP --engine kernel -e '%s' -c 'strace -f -o %s %s'"
                .formatted(COUNTING, log, program));
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out().lines().sorted()).hasSize(4).contains("55", "end", "seen");
    assertThat(Files.readString(log)).contains("+++ exited with 0 +++");
  }

  @Test
  void greenletsSwitchUnharmed() {
    String script =
        """
        global entered, left
        probe python.function.entry { if (funcname == "deeper") entered++ }
        probe python.function.return { if (funcname == "deeper") left++ }
        probe end { printf("%d %d\\n", entered, left) }
        """;
    Command pytap =
        pytap("-e", script, "-c", Workbench.PYTHON + " " + Target.FOLDER.resolve("greenlets.py"));
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo("ping done\n2000 1999\n");
  }

  /// A program that calls functions when it is asked.
  private Workbench.Conversation answering() {
    return bench.start(List.of(python.toString(), Target.FOLDER.resolve("answer.py").toString()));
  }

  /// Traces until the target has called `fib` often enough.
  ///
  /// @param then is given pytap's process id
  private Command attach(Workbench.Conversation target, Consumer<String> then) {
    AtomicReference<String> pytap = new AtomicReference<>("");
    return bench.pytap(
        engine.with(List.of("-e", COUNTING, "-x", target.pid())),
        line -> {
          if (line.startsWith("pytap ")) {
            pytap.set(line.substring("pytap ".length()));
            assertThat(target.ask("10")).isEqualTo("55");
          } else if (line.equals("seen")) {
            then.accept(pytap.get());
          }
        });
  }

  /// It still answers, its code is as in its file, and it ends as it would have.
  private static void assertUnharmed(Workbench.Conversation target) {
    assertThat(changedCode(target)).isZero();
    assertThat(target.ask("15")).isEqualTo("610");
    assertThat(target.finish()).isZero();
  }

  private static final Pattern CODE =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r-xp ([0-9a-f]+) \\S+ \\d+ +(/\\S+/python3\\S*)");

  /// How many bytes of the interpreter's code differ from its file's.
  private static int changedCode(Workbench.Conversation target) {
    Path process = Path.of("/proc", target.pid());
    try (RandomAccessFile memory = new RandomAccessFile(process.resolve("mem").toFile(), "r")) {
      Matcher code = CODE.matcher(Files.readString(process.resolve("maps")));
      assertThat(code.find()).isTrue();
      long start = Long.parseLong(code.group(1), 16);
      int length = (int) (Long.parseLong(code.group(2), 16) - start);
      byte[] here = new byte[length];
      memory.seek(start);
      memory.readFully(here);
      try (RandomAccessFile file = new RandomAccessFile(code.group(4), "r")) {
        byte[] there = new byte[length];
        file.seek(Long.parseLong(code.group(3), 16));
        file.readFully(there, 0, (int) Math.min(length, file.length() - file.getFilePointer()));
        int changed = 0;
        for (int i = 0; i < length; i++) {
          changed += here[i] != there[i] ? 1 : 0;
        }
        return changed;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A shell without job control starts its background jobs with SIGINT ignored.
  @Test
  void anInterruptEndsABackgroundJobInGoodOrder() {
    String script = "probe begin { println(pid()) } probe end { println(\"end\") }";
    List<String> words =
        List.of("sh", "-c", "\"$0\" -e '" + script + "' & wait $!", Workbench.PYTAP);
    Command shell =
        bench.run(
            words,
            line -> {
              if (!line.equals("end")) {
                bench.meanwhile("kill", "-INT", line);
              }
            });
    assertThat(shell.succeeded().out()).endsWith("\nend\n");
  }

  private static void assertEnds(Command pytap, String expected) {
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo(expected);
  }
}
