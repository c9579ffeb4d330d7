package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.linux.ChildProcess;
import pytap.linux.ExitStatus;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.linux.OtherProcess;
import pytap.linux.Signals;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Real commands, followed by a real tracer.
final class TracerTest {
  private final Kernel kernel = new LinuxKernel();
  private final Tracer tracer = Tracer.start(kernel);

  @TempDir Path directory;

  @AfterEach
  void theThreadEnds() throws TracerException {
    tracer.close();
  }

  /// What it is told, in order.
  private static final class Witness implements Tracer.Guide {
    final Set<String> programs = new ConcurrentSkipListSet<>();
    final List<String> told = Collections.synchronizedList(new ArrayList<>());
    final BlockingQueue<ExitStatus> ends = new LinkedBlockingQueue<>();
    final int command;

    Witness(int command) {
      this.command = command;
    }

    @Override
    public boolean isToBeArmed(int process) {
      Path program = new RunningProcess(process).executable().orElseThrow();
      programs.add(program.getFileName().toString());
      return program.getFileName().toString().startsWith("python3");
    }

    /// By then the C library is mapped, and nothing of the program has run.
    @Override
    public void arm(int process) {
      List<String> code =
          new RunningProcess(process)
              .mappedCode().stream().map(path -> path.getFileName().toString()).toList();
      told.add("arm " + code.contains("libc.so.6") + " " + code.getFirst().startsWith("python3"));
    }

    @Override
    public void forked(int process, int parent) {
      told.add("forked");
    }

    @Override
    public void adopted(int process) {
      told.add("adopted");
    }

    @Override
    public void executed(int process) {
      told.add("executed");
    }

    @Override
    public void threadBegan(int process, int tid) {
      told.add("thread began");
    }

    @Override
    public void threadEnded(int process, int tid, long nanos) {
      told.add("thread ended");
    }

    @Override
    public void left(int process) {
      told.add("left");
    }

    @Override
    public void ended(int process, ExitStatus status, long nanos) {
      if (process == command) {
        ends.add(status);
      }
    }
  }

  private ChildProcess hold(String command) throws TracerException {
    return ChildProcess.hold(kernel, command);
  }

  private Witness follow(String command) throws Exception {
    try (ChildProcess child = hold(command)) {
      Witness witness = new Witness(child.pid());
      tracer.follow(child.pid(), witness);
      child.release();
      child.collected(witness.ends.take());
      assertThat(child.poll()).isPresent();
      witness.ends.add(child.poll().orElseThrow());
      return witness;
    }
  }

  @Test
  void aCommandEndsWithItsOwnStatus() throws Exception {
    assertThat(follow("exit 7").ends).containsExactly(new ExitStatus.Exited(7));
    assertThat(follow("kill -9 $$").ends).containsExactly(new ExitStatus.Signaled(9));
    assertThat(follow("kill -TERM $$").ends).containsExactly(new ExitStatus.Signaled(15));
  }

  @Test
  void everyProgramIsLookedAt() throws Exception {
    Witness witness = follow("/bin/true; (exec /bin/cat /dev/null) | /usr/bin/env sort; wait");
    assertThat(witness.programs).containsExactly("cat", "dash", "env", "sort", "true");
  }

  @Test
  void aPythonIsArmedOnceLoadedAndBeforeItRuns() throws Exception {
    Path ran = directory.resolve("ran");
    Witness witness =
        follow("/usr/bin/python3 -c 'open(\"" + ran + "\", \"w\")'; /usr/bin/python3 -c ''");
    assertThat(witness.told.stream().filter(it -> it.startsWith("arm")))
        .containsExactly("arm true true", "arm true true");
    assertThat(ran).exists();
  }

  @Test
  void threadsSignalsForksAndStopsGoOnAsEver() throws Exception {
    Path program = directory.resolve("busy.py");
    Files.writeString(
        program,
        """
        import os, signal, subprocess, sys, threading, time
        hits = []
        signal.signal(signal.SIGALRM, lambda *a: hits.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        def fork():
            for _ in range(10):
                pid = os.fork()
                if not pid: os._exit(3)
                assert os.waitpid(pid, 0)[1] == 3 << 8
        def run():
            for _ in range(5):
                assert subprocess.run(["/bin/sh", "-c", "exit 4"]).returncode == 4
        threads = [threading.Thread(target=t) for t in (fork, run, fork, run)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        while len(hits) < 20: time.sleep(0.01)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pid = os.fork()
        if not pid:
            os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(5)
        assert os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])
        os.kill(pid, signal.SIGCONT)
        assert os.waitpid(pid, 0)[1] == 5 << 8
        sys.exit(6)
        """);
    Witness witness = follow("exec /usr/bin/python3 -S " + program);
    assertThat(witness.ends).containsExactly(new ExitStatus.Exited(6));
    assertThat(witness.told.stream().filter("forked"::equals)).hasSize(31);
    assertThat(witness.told.stream().filter("executed"::equals)).hasSize(12);
    assertThat(witness.told.stream().filter("thread began"::equals)).hasSize(4);
    assertThat(witness.told.stream().filter("thread ended"::equals)).hasSize(4);
  }

  @Test
  void aTaskRunsWhileACommandIsFollowed() throws Exception {
    try (ChildProcess child = hold("read x")) {
      Witness witness = new Witness(child.pid());
      tracer.follow(child.pid(), witness);
      child.release();
      for (int i = 0; i < 100; i++) {
        int number = i;
        assertThat(tracer.<Integer>call(() -> number)).isEqualTo(i);
      }
      OtherProcess.signal(kernel, child.pid(), Signals.KILL);
      child.collected(witness.ends.take());
      assertThat(tracer.<Integer>call(() -> 100)).isEqualTo(100);
    }
  }

  @Test
  void whatATaskThrowsComesBack() {
    TracerException refusal =
        new TracerException(TracerException.Kind.TARGET_GONE, "tried", "found", "");
    assertThat(
            catchThrowableOfType(
                TracerException.class,
                () ->
                    tracer.call(() -> {
                      throw refusal;
                    })))
        .isSameAs(refusal);
    assertThat(
            catchThrowableOfType(
                IllegalStateException.class,
                () ->
                    tracer.call(() -> {
                      throw new IllegalArgumentException("bug");
                    })))
        .hasRootCauseMessage("bug");
  }

  /// It is let go at once, without having been stopped, and is its parent's again.
  @Test
  void whenTheTracerEndsTheCommandGoesOn() throws Exception {
    Path go = directory.resolve("go");
    Path done = directory.resolve("done");
    assertThat(new ProcessBuilder("mkfifo", go.toString()).start().waitFor()).isZero();
    try (ChildProcess child = hold("read x < " + go + "; (echo $x > " + done + "); exit 9")) {
      Tracer other = Tracer.start(kernel);
      other.follow(child.pid(), new Witness(child.pid()));
      child.release();
      other.close();
      assertThat(tracerOf(child.pid())).isEqualTo("0");
      Files.writeString(go, "text\n");
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Exited(9));
      assertThat(done).hasContent("text\n");
    }
  }

  private static String tracerOf(int pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("TracerPid:"))
        .map(line -> line.substring(line.indexOf('\t') + 1))
        .findFirst()
        .orElseThrow();
  }
}
