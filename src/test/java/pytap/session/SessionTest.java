package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import pytap.compile.Compiler;
import pytap.gen.jvm.HandlerLoader;
import pytap.linux.ExitStatus;
import pytap.linux.Interrupts;
import pytap.resolve.Surroundings;
import pytap.runtime.Outside;
import pytap.source.TracerException;

/// Whole sessions on the running kernel, in this process, with Debian's python3.
@ParameterizedClass
@EnumSource(
    value = EngineChoice.class,
    names = {"KERNEL", "IN_PROCESS"})
final class SessionTest {
  private static final String PYTHON = "/usr/bin/python3 -S -c ";
  private static final String LEAVES =
      "probe python.function.entry { if (isinstr(funcname, \"leaf\"))"
          + " printf(\"%d %d %s\\n\", pid(), tid(), funcname) }";

  private final Said said = new Said();
  private final EngineChoice engine;

  @TempDir Path directory;

  SessionTest(EngineChoice engine) {
    this.engine = engine;
  }

  /// What a session said on standard error.
  private static final class Said implements Notices {
    final List<String> lines = new ArrayList<>();

    @Override
    public void say(String line) {
      lines.add(line);
    }

    @Override
    public void detail(int level, String line) {}
  }

  private Outcome run(String script, Optional<String> command, OptionalInt pid) throws Exception {
    Compiler.Output output = Scripts.compile(script);
    Job job =
        new Job(
            output.plan(),
            HandlerLoader.load(output.handlers()),
            command,
            pid,
            engine,
            1 << 20,
            false,
            false,
            new Job.Output(Optional.of(out().toString()), 0, 0),
            OptionalInt.empty(),
            true,
            new Surroundings("/usr/bin:/bin", "", directory),
            () -> Outside.Zone.UTC);
    return Session.run(Groundwork.begin(Groundwork.Purpose.OTHER), job, said, new Interrupts());
  }

  private Path out() {
    return directory.resolve("out");
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(out());
  }

  private Outcome command(String script, String command) throws Exception {
    return run(script, Optional.of(command), OptionalInt.empty());
  }

  private String program(String text) throws IOException {
    Path file = Files.createTempFile(directory, "program", ".py");
    Files.writeString(file, text);
    return "/usr/bin/python3 -S " + file;
  }

  /// What this process has open of BPF, perf and other processes.
  private static List<String> heldByUs() throws IOException {
    List<String> held = new ArrayList<>();
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      for (Path entry : entries.toList()) {
        String target = Files.exists(entry) ? Files.readSymbolicLink(entry).toString() : "";
        if (target.matches(".*bpf.*|.*perf_event.*|.*memfd.*|/proc/.*/mem")) {
          held.add(target);
        }
      }
    }
    return held;
  }

  @Test
  void everyCallOfTheCommandIsSeenFromItsFirstOn() throws Exception {
    Outcome outcome =
        command(
            LEAVES + " probe begin { println(\"begin\") } probe end { println(\"end\") }",
            program("def leaf(): pass\nfor _ in range(500): leaf()\n"));
    assertThat(outcome).isEqualTo(new Outcome.Done());
    assertThat(lines()).hasSize(502).startsWith("begin").endsWith("end");
    assertThat(new HashSet<>(lines().subList(1, 501))).hasSize(1);
    assertThat(said.lines).isEmpty();
    assertThat(heldByUs()).isEmpty();
  }

  @Test
  void childrenGrandchildrenAndThreadsAreFollowed() throws Exception {
    Outcome outcome =
        command(
            LEAVES,
            program(
                """
                import os, threading
                def leaf_parent(): pass
                def leaf_child(): pass
                def leaf_grandchild(): pass
                def leaf_thread(): pass
                leaf_parent()
                child = os.fork()
                if child == 0:
                    leaf_child()
                    grandchild = os.fork()
                    if grandchild == 0:
                        leaf_grandchild()
                        os._exit(0)
                    os.waitpid(grandchild, 0)
                    thread = threading.Thread(target=leaf_thread)
                    thread.start()
                    thread.join()
                    os._exit(0)
                os.waitpid(child, 0)
                """));
    assertThat(outcome).isEqualTo(new Outcome.Done());
    List<String[]> words = lines().stream().map(line -> line.split(" ", -1)).toList();
    assertThat(words)
        .extracting(word -> word[2])
        .containsExactly("leaf_parent", "leaf_child", "leaf_grandchild", "leaf_thread");
    Set<String> processes = new HashSet<>();
    words.forEach(word -> processes.add(word[0]));
    assertThat(processes).hasSize(3);
    assertThat(words.get(3)[0]).isEqualTo(words.get(1)[0]);
    assertThat(words.get(3)[1]).isNotEqualTo(words.get(1)[1]);
  }

  @Test
  void everyProgramThatTheCommandExecutesIsArmedBeforeItRuns() throws Exception {
    String first = program("def leaf_first(): pass\nleaf_first()\n");
    String second = program("def leaf_second(): pass\nleaf_second()\n");
    String third = program("def leaf_third(): pass\nleaf_third()\n");
    Outcome outcome =
        command(LEAVES, "/bin/true; " + first + "; (" + second + "); exec env " + third);
    assertThat(outcome).isEqualTo(new Outcome.Done());
    assertThat(lines())
        .extracting(line -> line.split(" ", -1)[2])
        .containsExactly("leaf_first", "leaf_second", "leaf_third");
    assertThat(said.lines).isEmpty();
  }

  /// A process in the background goes on executing programs when the session is over.
  @Test
  void noProcessIsLeftStopped() throws Exception {
    Path done = directory.resolve("done");
    String background =
        "(i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; echo ok > " + done + ") & ";
    command(LEAVES, background + program("def leaf(): pass\nleaf()\n"));
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!Files.exists(done) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(done).exists();
  }

  @Test
  void aStrangersCallsAreNotSeen() throws Exception {
    Process stranger =
        new ProcessBuilder("/usr/bin/python3", "-S", "-c", "def leaf(): pass\nwhile 1: leaf()")
            .start();
    try {
      command(LEAVES, program("def leaf_ours(): pass\nleaf_ours()\n"));
      assertThat(lines()).hasSize(1).allMatch(line -> line.endsWith("leaf_ours"));
    } finally {
      stranger.destroyForcibly().waitFor();
    }
  }

  @Test
  void aCommandThatEndsAtOnceWithoutAPythonIsExplained() {
    TracerException refused =
        catchThrowableOfType(TracerException.class, () -> command(LEAVES, "/bin/true"));
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.NOT_CPYTHON);
    assertThat(refused.tried()).isEqualTo("trace the Python that the command runs");
  }

  @Test
  void aCommandThatFailsAtOnceGivesItsStatus() throws Exception {
    assertThat(command(LEAVES, "exit 3"))
        .isEqualTo(new Outcome.CommandFailed(new ExitStatus.Exited(3)));
    assertThat(command("probe begin { println(1) }", "kill -9 $$"))
        .isEqualTo(new Outcome.CommandFailed(new ExitStatus.Signaled(9)));
  }

  @Test
  void aTargetThatDiesEndsTheSession() throws Exception {
    Process shell = waitingPython();
    int target = Integer.parseInt(shell.inputReader().readLine());
    // begin runs when everything is attached
    Thread ender =
        new Thread(() -> {
          while (out().toFile().length() == 0) {
            Thread.onSpinWait();
          }
          ProcessHandle.of(target).orElseThrow().destroyForcibly();
        });
    ender.start();
    Outcome outcome =
        run(
            LEAVES + " probe begin { println(\"begin\") } probe end { println(\"end\") }",
            Optional.empty(),
            OptionalInt.of(target));
    ender.join();
    assertThat(outcome).isEqualTo(new Outcome.Done());
    assertThat(lines()).containsExactly("begin", "end");
    assertThat(shell.waitFor()).isEqualTo(128 + 9);
  }

  /// A zombie is there, but runs nothing any more.
  @Test
  void aTargetThatHasJustEndedIsSaid() throws Exception {
    String script =
        """
        import os, sys
        p = os.fork()
        if not p: os._exit(0)
        os.waitid(os.P_PID, p, os.WEXITED | os.WNOWAIT)
        print(p, flush=True)
        sys.stdin.read()
        """;
    Process parent = new ProcessBuilder("/usr/bin/python3", "-S", "-c", script).start();
    try (BufferedReader reader = parent.inputReader()) {
      int zombie = Integer.parseInt(reader.readLine());
      TracerException refused =
          catchThrowableOfType(
              TracerException.class, () -> run(LEAVES, Optional.empty(), OptionalInt.of(zombie)));
      assertThat(refused.kind()).isEqualTo(TracerException.Kind.TARGET_GONE);
      assertThat(heldByUs()).isEmpty();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }

  /// No child of this JVM, which waits for its children all the time and so would take its stops
  /// away from the tracer. The shell ends as the Python does.
  private static Process waitingPython() throws IOException {
    String script =
        """
        /usr/bin/python3 -S -c 'import os, time
        print(os.getpid(), flush=True)
        time.sleep(60)' &
        wait $!
        """;
    return new ProcessBuilder("/bin/sh", "-c", script).start();
  }

  @Test
  void aProcessThatIsGoneIsSaid() throws Exception {
    Process gone = new ProcessBuilder("/bin/true").start();
    gone.waitFor();
    TracerException refused =
        catchThrowableOfType(
            TracerException.class,
            () -> run(LEAVES, Optional.empty(), OptionalInt.of(Math.toIntExact(gone.pid()))));
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.NO_SUCH_PROCESS);
    assertThat(heldByUs()).isEmpty();
  }

  @Test
  void aTargetThatIsNoPythonIsSaid() throws Exception {
    Process cat = new ProcessBuilder("/bin/cat").start();
    try {
      TracerException refused =
          catchThrowableOfType(
              TracerException.class,
              () -> run(LEAVES, Optional.empty(), OptionalInt.of(Math.toIntExact(cat.pid()))));
      assertThat(refused.kind()).isEqualTo(TracerException.Kind.NOT_CPYTHON);
      assertThat(heldByUs()).isEmpty();
    } finally {
      cat.destroyForcibly().waitFor();
    }
  }

  @Test
  void exitInBeginDoesNotRunTheCommand() throws Exception {
    Path mark = directory.resolve("mark");
    Outcome outcome =
        command("probe begin { exit() } probe end { println(\"end\") }", "touch " + mark);
    assertThat(outcome).isEqualTo(new Outcome.Done());
    assertThat(lines()).containsExactly("end");
    assertThat(mark).doesNotExist();
  }

  @Test
  void aScriptErrorEndsTheSessionWithItsErrorProbe() throws Exception {
    Outcome outcome =
        command(
            "probe python.function.entry { println(1 / ($arg3 - $arg3)) }"
                + " probe end { println(\"end\") } probe error { println(\"error\") }",
            PYTHON + "'def f(): pass\nf()'");
    assertThat(outcome).isEqualTo(new Outcome.ScriptFailed(1));
    assertThat(lines()).containsExactly("error");
    assertThat(said.lines).hasSize(2).first().asString().contains("division by 0");
  }

  @Test
  void timersRunInOrderUntilTheScriptEnds() throws Exception {
    Outcome outcome =
        run(
            "global n probe timer.ms(5) { println(++n); if (n == 4) exit() }",
            Optional.empty(),
            OptionalInt.empty());
    assertThat(outcome).isEqualTo(new Outcome.Done());
    assertThat(lines()).containsExactly("1", "2", "3", "4");
  }
}
