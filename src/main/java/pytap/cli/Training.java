package pytap.cli;

import java.util.List;
import pytap.linux.Interrupts;

/// What `./pytap` runs once for each build, so that the AOT cache has the classes of every way to
/// trace: pytap's commands one after the other in one JVM, their output for nobody. What this
/// machine does not permit is trained as far as it comes.
final class Training {
  private static final String HIERARCHY =
      """
      probe begin { println("begin") }
      probe python.function.entry { printf("%s => %s:%d\\n", thread_indent(1), filename, lineno) }
      probe python.function.return { printf("%s <= %s\\n", thread_indent(-1), funcname) }
      probe end { printf("%d\\n", gettimeofday_us()) }
      """;

  private static final String COUNTING =
      """
      global calls, times, took, entered = 1

      function share:long (part:long, whole:long) {
        if (whole == 0) return 0
        return part * 100 / whole
      }

      probe python.function.entry {
        if (funcname != "<module>" && pid() == target()) entered++
        calls[pid(), filename, funcname, lineno] += 1
        times[tid()] = gettimeofday_us()
      }
      probe python.function.return {
        if (tid() in times) {
          took[funcname] <<< gettimeofday_us() - times[tid()]
          delete times[tid()]
        }
      }
      probe timer.ms(100) {
        printf("%6s %80s %s\\n", "PID", "FILENAME", execname() . ":")
        foreach ([pid, filename, funcname, lineno] in calls- limit 20) {
          n = calls[pid, filename, funcname, lineno]
          printf("%6d %-80s %s:%d %d %d\\n", pid, filename, substr(funcname, 0, 20), lineno, n,
            share(n, entered))
        }
        foreach (name in took limit 1) {
          if (name =~ "^<.*>$") print(@hist_log(took[name]))
          printf("%s %d %d\\n", name, @count(took[name]), @avg(took[name]))
        }
        delete calls
        try { println(share(1, 0) / 0) } catch (problem) { println(problem) }
        for (i = 0; i < 3; i++) if (i == 1) continue
        exit()
      }
      """;

  private Training() {}

  /// @param words a command that calls Python functions, and the number of a process that does
  public static void main(String[] words) {
    String command = words[0];
    String process = words[1];
    Interrupts interrupts = new Interrupts();
    Runtime.getRuntime().addShutdownHook(interrupts.hook());
    List<List<String>> runs =
        List.of(
            List.of("-e", HIERARCHY, "-c", command),
            List.of("--engine", "in-process", "-e", COUNTING, "-x", process),
            List.of("--engine", "kernel", "-e", COUNTING, "-x", process),
            List.of("-v", "-p", "4", "-e", COUNTING),
            List.of("-l", "python.function.*"));
    runs.forEach(run -> Main.run(run, interrupts));
    Main.end(interrupts, 0);
  }
}
