package pytap.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What can be seen of a process that lives, of one whose files are gone, and of one that is gone.
final class RunningProcessTest {
  @TempDir Path directory;

  private static RunningProcess of(Process process) {
    return new RunningProcess(Math.toIntExact(process.pid()));
  }

  /// A process that has begun: it has printed a line and waits for the end of its input.
  private static Process started(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    assertThat(process.getInputStream().read()).isEqualTo('1');
    return process;
  }

  @Test
  void aLiveProcessShowsItsProgramItsCodeAndItsEnvironment() throws Exception {
    String script = "import sys; print(1, flush=True); sys.stdin.read()";
    ProcessBuilder builder = new ProcessBuilder("/usr/bin/python3", "-S", "-c", script);
    builder.environment().put("PYTAP_TEST", "a=b");
    builder.environment().put("EMPTY", "");
    Process process = started(builder);
    try {
      RunningProcess seen = of(process);
      Path program = Path.of("/usr/bin/python3").toRealPath();
      assertThat(seen.exists()).isTrue();
      assertThat(seen.executable()).contains(program);
      assertThat(seen.mappedCode()).contains(program).doesNotHaveDuplicates();
      assertThat(seen.mappedCode())
          .anyMatch(file -> file.getFileName().toString().startsWith("libc"))
          .allMatch(Files::isRegularFile);
      assertThat(seen.environment("PYTAP_TEST")).contains("a=b");
      assertThat(seen.environment("EMPTY")).contains("");
      assertThat(seen.environment("PYTAP")).isEmpty();
      assertThat(seen.children()).isEmpty();
      assertThat(RunningProcess.all()).contains(seen);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void childrenOfEveryThreadAreSeen() throws Exception {
    String script =
        """
        import os, sys, threading
        def child():
            if os.fork() == 0:
                sys.stdin.read()
                os._exit(0)
        done = threading.Event()
        def thread():
            child()
            done.set()
            sys.stdin.read()
        child()
        threading.Thread(target=thread).start()
        done.wait()
        print(1, flush=True)
        """;
    Process process = started(new ProcessBuilder("/usr/bin/python3", "-S", "-c", script));
    List<RunningProcess> children = of(process).children();
    try {
      assertThat(children).hasSize(2);
      assertThat(children).allMatch(RunningProcess::exists);
    } finally {
      process.getOutputStream().close();
      process.waitFor();
    }
  }

  @Test
  void aDeletedProgramCanStillBeOpened() throws Exception {
    Path copy = Files.copy(Path.of("/bin/sh"), directory.resolve("shell"));
    Process process = started(new ProcessBuilder(copy.toString(), "-c", "echo 1; read line"));
    try {
      assertThat(of(process).executable()).contains(copy);
      Files.delete(copy);
      Path program = of(process).executable().orElseThrow();
      assertThat(program).isEqualTo(Path.of("/proc/" + process.pid() + "/exe"));
      assertThat(Files.mismatch(program, Path.of("/bin/sh"))).isEqualTo(-1);
      List<Path> code = of(process).mappedCode();
      assertThat(code).anyMatch(file -> file.toString().contains("/map_files/"));
      assertThat(Files.mismatch(code.getFirst(), Path.of("/bin/sh"))).isEqualTo(-1);
      // another file under the old name is not the program
      Files.writeString(copy, "something else");
      assertThat(of(process).executable()).contains(program);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void ofAProcessThatIsGoneNothingIsKnown() throws Exception {
    Process process = new ProcessBuilder("/bin/true").start();
    process.waitFor();
    RunningProcess gone = of(process);
    assertThat(gone.exists()).isFalse();
    assertThat(gone.executable()).isEmpty();
    assertThat(gone.mappedCode()).isEmpty();
    assertThat(gone.environment("PATH")).isEmpty();
    assertThat(gone.children()).isEmpty();
  }

  @Test
  void aProcessWhoseFirstThreadHasEndedIsSeenThroughAnother() throws Exception {
    String script =
        """
        import ctypes, os, sys, threading
        def stay():
            stat = "/proc/self/task/%d/stat" % os.getpid()
            while open(stat).read().split(")")[-1].split()[0] != "Z": pass
            print("alone", flush=True)
            sys.stdin.read()
        threading.Thread(target=stay).start()
        ctypes.CDLL(None).syscall(60, 0)
        """;
    Process process = new ProcessBuilder("/usr/bin/python3", "-S", "-c", script).start();
    try (BufferedReader reader = process.inputReader()) {
      assertThat(reader.readLine()).isEqualTo("alone");
      RunningProcess alone = of(process);
      assertThat(alone.runs()).isTrue();
      Path python = Path.of("/usr/bin/python3").toRealPath();
      assertThat(alone.executable()).contains(python);
      assertThat(alone.mappedCode()).contains(python);
      assertThat(alone.mappings(python.toString())).isNotEmpty();
      assertThat(alone.environment("PATH")).isPresent();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aZombieRunsNothing() throws Exception {
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
      RunningProcess zombie = new RunningProcess(Integer.parseInt(reader.readLine()));
      assertThat(zombie.exists()).isTrue();
      assertThat(zombie.executable()).isEmpty();
      assertThat(zombie.mappedCode()).isEmpty();
      assertThat(zombie.environment("PATH")).isEmpty();
      assertThat(of(parent).children()).containsExactly(zombie);
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }
}
