import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// pytap and bpftrace side by side, each as a whole process, on the marker `function__return` of
/// `/usr/bin/python3`. Every repeat runs every contender once, so that what else the machine does
/// strikes all alike. See README.md.
public final class Bench {

  private static final Path HERE = Path.of("bench");
  private static final String PYTHON = "/usr/bin/python3";
  private static final int DEADLINE_SECONDS = 120;

  private static final String PYTAP_PRINTS =
      """
      probe process("/usr/bin/python3").mark("function__return") {
        printf("%s %s %d\\n", user_string($arg1), user_string($arg2), $arg3)
      }
      """;
  private static final String PYTAP_PRINTS_SHORT =
      """
      probe process("/usr/bin/python3").mark("function__return") {
        printf("%s:%d\\n", user_string($arg2), $arg3)
      }
      """;
  private static final String BPFTRACE_COUNTS = "usdt:PYTHON:function__return { @ = count(); }";
  private static final String BPFTRACE_PRINTS =
      "usdt:PYTHON:function__return"
          + " { printf(\"%s %s %d\\n\", str(arg0), str(arg1), arg2); }";

  private final Path directory;
  private final int repeats;
  private final String executable;
  private boolean allReached = true;

  private Bench(Path directory, int repeats) throws IOException {
    this.directory = directory;
    this.repeats = repeats;
    this.executable = Path.of(PYTHON).toRealPath().toString();
  }

  /// @param arguments how often to repeat; 7 when absent
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("pytap-bench");
    try {
      Bench bench =
          new Bench(directory, arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7);
      bench.run("./pytap", "-V"); // builds it, if need be
      bench.cost();
      bench.loss();
      bench.start();
      System.exit(bench.allReached ? 0 : 1);
    } finally {
      try (Stream<Path> files = Files.list(directory)) {
        files.forEach(file -> file.toFile().delete());
      }
      Files.delete(directory);
    }
  }

  // ---------------------------------------------------------------- what an event costs the target

  private void cost() throws IOException, InterruptedException {
    int n = 24;
    Map<String, List<String>> contenders = new LinkedHashMap<>();
    contenders.put("untraced", fib(n));
    contenders.put("bpftrace count()", bpftrace(BPFTRACE_COUNTS, fib(n)));
    contenders.put("bpftrace printf", bpftrace(BPFTRACE_PRINTS, fib(n)));
    contenders.put("pytap printf", pytap(PYTAP_PRINTS, fib(n)));
    contenders.put("pytap printf, no file name", pytap(PYTAP_PRINTS_SHORT, fib(n)));
    Map<String, List<Long>> cpu = new LinkedHashMap<>();
    Map<String, List<Long>> elapsed = new LinkedHashMap<>();
    for (int repeat = 0; repeat < repeats; repeat++) {
      for (var contender : contenders.entrySet()) {
        run(contender.getValue());
        String[] times = Files.readString(result()).strip().split(" ");
        cpu.computeIfAbsent(contender.getKey(), _ -> new ArrayList<>()).add(Long.parseLong(times[0]));
        elapsed
            .computeIfAbsent(contender.getKey(), _ -> new ArrayList<>())
            .add(Long.parseLong(times[1]));
      }
    }
    System.out.printf("## Cost to the target, ns per event (fib(%d), %d events)%n%n", n, calls(n));
    System.out.println("| | CPU, median | least | most | elapsed, median |\n|---|---|---|---|---|");
    double usualCpu = median(cpu.get("untraced"));
    double usualElapsed = median(elapsed.get("untraced"));
    Map<String, Double> added = new LinkedHashMap<>();
    for (String contender : contenders.keySet()) {
      boolean traced = !contender.equals("untraced");
      LongUnaryOperator perEvent = ns -> Math.round((ns - (traced ? usualCpu : 0)) / calls(n));
      long[] sorted = cpu.get(contender).stream().mapToLong(Long::longValue).sorted().toArray();
      double median = median(cpu.get(contender)) - (traced ? usualCpu : 0);
      added.put(contender, median);
      System.out.printf(
          "| %s%s | %d | %d | %d | %d |%n",
          contender,
          traced ? ", added" : "",
          Math.round(median / calls(n)),
          perEvent.applyAsLong(sorted[0]),
          perEvent.applyAsLong(sorted[sorted.length - 1]),
          Math.round((median(elapsed.get(contender)) - (traced ? usualElapsed : 0)) / calls(n)));
    }
    System.out.println();
    double count = added.get("bpftrace count()");
    double pytap = added.get("pytap printf");
    target("pytap printf / bpftrace count()", pytap / count, 1.3);
    target(
        "pytap printf, no file name / bpftrace count()",
        added.get("pytap printf, no file name") / count,
        1.3);
    target("pytap printf / bpftrace printf", pytap / added.get("bpftrace printf"), 0.2);
  }

  // ---------------------------------------------------------------- loss and memory

  private void loss() throws IOException, InterruptedException {
    int n = 27;
    System.out.printf("%n## Printing fib(%d) to a file (%d events)%n%n", n, calls(n));
    System.out.println("| | lines of fib | missing | memory, MB |\n|---|---|---|---|");
    long missing = 0;
    long mostKilobytes = 0;
    for (int repeat = 0; repeat < Math.min(3, repeats); repeat++) {
      mostKilobytes = Math.max(mostKilobytes, lossRow("pytap", pytap(PYTAP_PRINTS, fib(n)), n));
      missing += calls(n) - linesOfFib();
    }
    lossRow("bpftrace", bpftrace(BPFTRACE_PRINTS, fib(n)), n);
    System.out.println();
    target("events that pytap lost", missing, 0);
    target("pytap's resident memory at most, MB", mostKilobytes / 1024.0, 150);
  }

  private long lossRow(String contender, List<String> command, int n)
      throws IOException, InterruptedException {
    long kilobytes = run(command);
    System.out.printf(
        "| %s | %d | %d | %d |%n",
        contender, linesOfFib(), calls(n) - linesOfFib(), kilobytes / 1024);
    return kilobytes;
  }

  private long linesOfFib() throws IOException {
    Pattern line = Pattern.compile(".*/fib\\.py fib \\d+");
    try (Stream<String> lines = Files.lines(output())) {
      return lines.filter(text -> line.matcher(text).matches()).count();
    }
  }

  // ---------------------------------------------------------------- from exec to the first probe

  private void start() throws IOException, InterruptedException {
    List<Long> bpftrace = new ArrayList<>();
    List<Long> pytap = new ArrayList<>();
    for (int repeat = 0; repeat < repeats; repeat++) {
      bpftrace.add(
          untilNoticed(
              List.of("bpftrace", "-o", output() + "", "-e", script(BPFTRACE_PRINTS), "-p")));
      pytap.add(untilNoticed(List.of("./pytap", "-e", PYTAP_PRINTS, "-o", output() + "", "-x")));
    }
    System.out.printf("%n## From exec to the first probe attached, ms%n%n");
    System.out.println("| | median | least | most |\n|---|---|---|---|");
    startRow("bpftrace", bpftrace);
    startRow("pytap", pytap);
    System.out.println();
    target("pytap / bpftrace", median(pytap) / median(bpftrace), 0.5);
  }

  private static void startRow(String contender, List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    System.out.printf(
        "| %s | %.1f | %.1f | %.1f |%n",
        contender, median(nanos) / 1e6, sorted[0] / 1e6, sorted[sorted.length - 1] / 1e6);
  }

  /// From just before the tool is started until a running program meets its probe, in ns.
  private long untilNoticed(List<String> tool) throws IOException, InterruptedException {
    Process target = new ProcessBuilder(PYTHON, HERE.resolve("notice.py").toString()).start();
    try {
      BufferedReader said = target.inputReader();
      if (!"ready".equals(said.readLine())) {
        throw new IllegalStateException("notice.py is not ready");
      }
      List<String> command = new ArrayList<>(tool);
      command.add(Long.toString(target.pid()));
      ProcessBuilder builder = quiet(command);
      long from = System.nanoTime(); // CLOCK_MONOTONIC, as notice.py's
      Process process = builder.start();
      // A tool that fails lets go of the target, whose end is then noticed here.
      process.onExit().thenRun(() -> end(target));
      String noticed = said.readLine();
      end(target);
      // It may still be attaching further probes and rightly complain that the target is gone.
      process.waitFor();
      if (noticed == null) {
        throw new IllegalStateException(command + "\n" + Files.readString(errors()));
      }
      return Long.parseLong(noticed) - from;
    } finally {
      end(target);
    }
  }

  // ---------------------------------------------------------------- commands

  private List<String> fib(int n) {
    return List.of(PYTHON, HERE.resolve("fib.py").toAbsolutePath() + "", n + "", result() + "");
  }

  private List<String> bpftrace(String script, List<String> target) {
    return List.of(
        "bpftrace", "-B", "full", "-o", output().toString(),
        "-e", script(script), "-c", String.join(" ", target));
  }

  private List<String> pytap(String script, List<String> target) {
    return List.of(
        "./pytap", "-o", output().toString(), "-e", script, "-c", String.join(" ", target));
  }

  private String script(String text) {
    return text.replace("PYTHON", executable);
  }

  private long run(String... command) throws IOException, InterruptedException {
    return run(List.of(command));
  }

  /// Runs it to its end and returns its highest resident memory in kB, as it was last seen.
  private long run(List<String> command) throws IOException, InterruptedException {
    Files.deleteIfExists(output());
    return await(quiet(command).start(), command);
  }

  private ProcessBuilder quiet(List<String> command) {
    return new ProcessBuilder(command)
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectOutput(directory.resolve("out").toFile())
        .redirectError(errors().toFile());
  }

  private long await(Process process, List<String> command)
      throws IOException, InterruptedException {
    long kilobytes = 0;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!process.waitFor(5, TimeUnit.MILLISECONDS)) {
      kilobytes = Math.max(kilobytes, residentKilobytes(process.pid()));
      if (System.nanoTime() > deadline) {
        end(process);
        throw new IllegalStateException("not done in time: " + command);
      }
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          "status " + process.exitValue() + ": " + command + "\n" + Files.readString(errors()));
    }
    return kilobytes;
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static long residentKilobytes(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException | java.io.UncheckedIOException _) {
      return 0; // it has just ended
    }
  }

  private Path output() {
    return directory.resolve("events");
  }

  private Path result() {
    return directory.resolve("result");
  }

  private Path errors() {
    return directory.resolve("err");
  }

  // ---------------------------------------------------------------- figures

  /// How often fib(n) calls itself, with the first call: 2 * F(n + 1) - 1.
  private static long calls(int n) {
    long[] fibonacci = new long[n + 2];
    fibonacci[1] = 1;
    Arrays.setAll(
        fibonacci, i -> i < 2 ? i : fibonacci[i - 1] + fibonacci[i - 2]);
    return 2 * fibonacci[n + 1] - 1;
  }

  private static double median(List<Long> values) {
    long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
  }

  private void target(String what, double found, double atMost) {
    boolean reached = found <= atMost;
    allReached &= reached;
    System.out.println(
        "%s: %.2f, to reach: at most %.1f: %s"
            .formatted(what, found, atMost, reached ? "reached" : "NOT REACHED"));
  }
}
