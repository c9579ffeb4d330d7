package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// `process.begin`, `.end` and their like for threads, of a command's whole tree: each exactly once
/// and in its place.
final class ProcessLivesTest {
  private static final String COUNTING =
      """
      global begun, ended, threads, threads_ended
      probe process.begin { begun[execname()]++ }
      probe process.end { ended[execname()]++ }
      probe process.thread.begin { threads[execname()]++ }
      probe process.thread.end { threads_ended[execname()]++ }
      probe end {
        foreach (name+ in begun)
          printf("%s %d %d %d %d\\n", name, begun[name], ended[name], threads[name],
                 threads_ended[name])
      }
      """;

  /// A child of a shell is a shell until it executes its program.
  @Test
  void processesTooShortToBeSeenAreTold() {
    Command pytap =
        run(COUNTING, "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done; exit 0");
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo("sh 201 201 201 201\ntrue 200 200 200 200\n");
  }

  @Test
  void threadsAreToldWithTheirProcess() {
    String program =
        """
        import threading
        for _ in range(25):
            threads = [threading.Thread(target=lambda: None) for _ in range(4)]
            [it.start() for it in threads]
            [it.join() for it in threads]
        """;
    Command pytap = run(COUNTING, "/usr/bin/python3 -S -c '" + program + "'");
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out()).isEqualTo("python3 1 1 101 101\n");
  }

  /// Each fork has its ring in common with its parent, each program a ring of its own.
  @Test
  void theyStandInTheirPlaceAmongWhatTheProcessesDo() {
    String program =
        """
        import os, sys
        def before(): pass
        def child(): pass
        def after(): pass
        def last(): pass
        for _ in range(50):
            before()
            pid = os.fork()
            if not pid:
                child()
                os._exit(0)
            os.waitpid(pid, 0)
            after()
        if len(sys.argv) > 1:
            os.execv(sys.executable, [sys.executable, "-S", "-c", "def last(): pass\\nlast()"])
        """;
    String script =
        """
        probe process.begin { println("begin") }
        probe process.end { println("end") }
        probe python.function.entry {
          if (funcname == "before" || funcname == "child" || funcname == "after"
              || funcname == "last")
            println(funcname)
        }
        """;
    Command pytap =
        run(script, "/usr/bin/python3 -S -c '" + program.replace("'", "'\\''") + "' again");
    assertThat(pytap.succeeded().err()).isEmpty();
    assertThat(pytap.out())
        .isEqualTo(
            "begin\n"
                + "before\nbegin\nchild\nend\nafter\n".repeat(50)
                + "end\nbegin\nlast\nend\n");
  }

  @Test
  void oneThatIsKilledHasEnded() {
    Command pytap =
        run(
            "probe process.begin { println(execname()) } probe process.end { println(\"end\") }",
            "sh -c \"kill -9 \\$\\$\" ; true");
    assertThat(pytap.succeeded().err()).as("of the shell").isEqualTo("Killed\n");
    assertThat(pytap.out()).isEqualTo("sh\nsh\nend\nsh\nend\nend\n");
  }

  private static Command run(String script, String command) {
    return Pytap.run(Map.of(), List.of("-e", script, "-c", command));
  }
}
