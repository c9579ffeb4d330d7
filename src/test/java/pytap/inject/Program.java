package pytap.inject;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A running C program that prints where its function `patched` lies, answers every line that it is
/// told, and ends when its input ends.
final class Program implements AutoCloseable {
  static final Path SOURCES = Path.of("src/test/resources/pytap/inject");

  /// Starts the program as a child of a shell. It must not be our own: the JDK waits for its
  /// children in a thread, which would take away what a tracer waits for.
  private static final String THROUGH_SHELL = "exec 3<&0; \"$@\" <&3 3<&- & exec 3<&-; wait $!";

  private final Process process;
  private final int pid;
  private final long start;
  private final long end;

  private Program(Process process, int pid, long start, long end) {
    this.process = process;
    this.pid = pid;
    this.start = start;
    this.end = end;
  }

  /// Compiles `source` into `directory`, for all users to run.
  static Path compiled(Path directory, String source, String... options) {
    Path program = directory.resolve(source.replace(".c", "") + options.length);
    List<String> words = new ArrayList<>(List.of("gcc", "-O1", "-g", "-pthread"));
    words.addAll(List.of(options));
    words.addAll(List.of("-o", program.toString(), SOURCES.resolve(source).toString()));
    run(words);
    return program;
  }

  /// Runs a command to its end, which must be a success, and returns what it prints.
  static String run(List<String> words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(words + " ends with " + process.exitValue() + ": " + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  static Program start(List<String> words) {
    try {
      List<String> all = new ArrayList<>(List.of("sh", "-c", THROUGH_SHELL, "sh"));
      all.addAll(words);
      ProcessBuilder builder = new ProcessBuilder(all);
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      Process process = builder.start();
      String[] said = process.inputReader().readLine().split(" ", -1);
      return new Program(
          process,
          outerPid(process, Integer.parseInt(said[2])),
          Long.parseUnsignedLong(said[0], 16),
          Long.parseUnsignedLong(said[1], 16));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The number of the program, which knows itself by another where it has a namespace of its own.
  private static int outerPid(Process process, int innerPid) {
    return process
        .descendants()
        .mapToInt(child -> (int) child.pid())
        .filter(pid ->
            new ProcessFiles(pid)
                .status(pid, "NSpid")
                .filter(numbers -> numbers.matches("(.*\\s)?" + innerPid))
                .isPresent())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no process " + innerPid));
  }

  int pid() {
    return pid;
  }

  /// Where the function begins.
  long start() {
    return start;
  }

  long end() {
    return end;
  }

  /// What it says when told something: how many waits it has ended, and what the function answers.
  String ask() {
    try {
      process.outputWriter().append("say\n").flush();
      String said = process.inputReader().readLine();
      if (said == null) {
        throw new AssertionError("the program has ended");
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until it has ended so many waits more.
  void pass(int rounds) {
    long now = rounds();
    while (rounds() < now + rounds) {
      Thread.onSpinWait();
    }
  }

  private long rounds() {
    return Long.parseLong(ask().split(" ", -1)[0]);
  }

  /// Ends it; returns its exit status.
  int finish() {
    try {
      process.outputWriter().close();
      return process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /// The descriptors and mappings that can be seen, addresses and all.
  List<String> look() {
    try (var descriptors = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
      List<String> seen = new ArrayList<>(descriptors.map(Path::toString).sorted().toList());
      seen.addAll(Files.readAllLines(Path.of("/proc/" + pid() + "/maps")));
      return seen;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }
}
