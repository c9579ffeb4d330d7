import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Both engines of pytap on every interpreter of this machine, beside bpftrace and Python's own
/// tracers. Every repeat runs every contender once. See README.md.
public final class Engines {
  private static final Path HERE = Path.of("bench").toAbsolutePath();
  private static final int N = 27;
  private static final int DEADLINE_SECONDS = 120;

  private static final String COUNTS =
      """
      global entered, left
      probe python.function.entry { entered++ }
      probe python.function.return { left++ }
      probe end { printf("%d %d\\n", entered, left) }
      """;
  private static final String PRINTS =
      """
      probe python.function.entry { printf("%s => %s:%d\\n", thread_indent(1), filename, lineno) }
      probe python.function.return { printf("%s <= %s\\n", thread_indent(-1), funcname) }
      """;
  private static final String ARMED =
      """
      probe begin { println("armed") }
      probe python.function.entry { if (funcname == "?") println(1) }
      probe python.function.return { if (funcname == "?") println(1) }
      """;

  /// What stands in a table's cell.
  private record Spread(long median, long least, long most) {
    static Spread of(List<Long> values) {
      long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
      return new Spread(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    Spread addedPerCall(Spread untraced) {
      return new Spread(
          Math.round((median - untraced.median) / (double) calls()),
          Math.round((least - untraced.median) / (double) calls()),
          Math.round((most - untraced.median) / (double) calls()));
    }

    @Override
    public String toString() {
      return "%d (%d…%d)".formatted(median, least, most);
    }
  }

  /// @param loop the file that holds the evaluation loop
  private record Python(String version, String executable, String loop) {
    int minor() {
      return version.startsWith("2.") ? 0 : Integer.parseInt(version.split("\\.", -1)[1]);
    }
  }

  private final Path directory;
  private final int repeats;
  private boolean allReached = true;

  private Engines(Path directory, int repeats) {
    this.directory = directory;
    this.repeats = repeats;
  }

  /// @param arguments how often to repeat, 7 when absent; then interpreters, all when absent
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("pytap-bench");
    try {
      int repeats = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7;
      Engines bench = new Engines(directory, repeats);
      bench.run(List.of("./pytap", "-V"));
      bench.compile();
      List<String> named = List.of(arguments).subList(Math.min(1, arguments.length), arguments.length);
      List<Python> pythons = new ArrayList<>();
      for (String executable : named.isEmpty() ? installed() : named) {
        pythons.add(bench.describe(executable));
      }
      bench.cost(pythons);
      bench.attaching(pythons);
      bench.afterwards(pythons);
      System.exit(bench.allReached ? 0 : 1);
    } finally {
      try (Stream<Path> files = Files.list(directory)) {
        files.forEach(file -> file.toFile().delete());
      }
      Files.delete(directory);
    }
  }

  private static List<String> installed() throws IOException {
    List<String> found = new ArrayList<>(List.of("/usr/bin/python3"));
    Path pyenv = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    if (Files.isDirectory(pyenv)) {
      try (Stream<Path> versions = Files.list(pyenv)) {
        versions
            .map(version -> version.resolve("bin/python"))
            .filter(Files::isExecutable)
            .map(Path::toString)
            .sorted()
            .forEach(found::add);
      }
    }
    return found;
  }

  private Python describe(String executable) throws IOException, InterruptedException {
    run(
        List.of(
            executable,
            "-c",
            """
            import sys, os
            loop = [l.split()[-1] for l in open("/proc/self/maps") if "/libpython" in l and "r-x" in l]
            print("%d.%d.%d" % sys.version_info[:3])
            print(loop[0] if loop else os.path.realpath(sys.executable))
            """));
    List<String> said = Files.readAllLines(out());
    return new Python(said.get(0), executable, said.get(1));
  }

  // ---------------------------------------------------------------- what a call costs

  private void cost(List<Python> pythons) throws IOException, InterruptedException {
    System.out.printf(
        "## Added to one call, entry and return together: ns of the target's CPU time%n%n"
            + "fib(%d), %d calls; median (least…most) of %d.%n%n",
        N, calls(), repeats);
    System.out.println(
        "| Python | untraced | in-process, counted | lost | in-process, printed | kernel, counted"
            + " | kernel, printed | bpftrace count(), one event | sys.setprofile | cProfile"
            + " | sys.monitoring |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
    List<String> missed = new ArrayList<>();
    for (Python python : pythons) {
      Map<String, List<Long>> nanos = new LinkedHashMap<>();
      List<Long> lost = new ArrayList<>();
      Map<String, List<String>> contenders = contenders(python);
      for (int repeat = 0; repeat < repeats; repeat++) {
        for (var contender : contenders.entrySet()) {
          run(contender.getValue());
          nanos
              .computeIfAbsent(contender.getKey(), _ -> new ArrayList<>())
              .add(Long.parseLong(Files.readString(result()).strip()));
          if (contender.getKey().equals("in-process, counted")) {
            lost.add(lostEvents());
          }
        }
      }
      long added = row(python, nanos, lost);
      long most = python.minor() >= 12 ? 90 : 60;
      if (added > most) {
        missed.add("%s: %d ns, to reach: %d".formatted(python.version, added, most));
      }
    }
    System.out.println();
    target("in-process, counted: at most 60 ns, from 3.12 on 90; missed by", missed);
  }

  private static long row(Python python, Map<String, List<Long>> nanos, List<Long> lost) {
    Spread untraced = Spread.of(nanos.get("untraced"));
    List<String> cells = new ArrayList<>();
    cells.add(python.version + (python.executable.startsWith("/usr/") ? " (Debian)" : ""));
    cells.add("%.1f".formatted(untraced.median / (double) calls()));
    for (String contender :
        List.of(
            "in-process, counted",
            "in-process, printed",
            "kernel, counted",
            "kernel, printed",
            "bpftrace",
            "setprofile",
            "cProfile",
            "monitoring")) {
      List<Long> values = nanos.get(contender);
      cells.add(values == null ? "" : Spread.of(values).addedPerCall(untraced).toString());
      if (contender.equals("in-process, counted")) {
        cells.add("%d".formatted(lost.stream().mapToLong(Long::longValue).max().orElse(0)));
      }
    }
    System.out.println("| " + String.join(" | ", cells) + " |");
    return Spread.of(nanos.get("in-process, counted")).addedPerCall(untraced).median;
  }

  private Map<String, List<String>> contenders(Python python) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    all.put("untraced", fib(python));
    all.put("in-process, counted", pytap("in-process", COUNTS, python));
    all.put("in-process, printed", pytap("in-process", PRINTS, python));
    all.put("kernel, counted", pytap("kernel", COUNTS, python));
    all.put("kernel, printed", pytap("kernel", PRINTS, python));
    probe(python)
        .ifPresent(
            probe ->
                all.put(
                    "bpftrace",
                    List.of(
                        "bpftrace", "-o", events().toString(), "-e",
                        probe + " { @ = count(); }", "-c", String.join(" ", fib(python)))));
    all.put("setprofile", fib(python, "setprofile"));
    all.put("cProfile", fib(python, "cProfile"));
    if (python.minor() >= 12) {
      all.put("monitoring", fib(python, "monitoring"));
    }
    return all;
  }

  /// Something that bpftrace can put a probe on and that is passed once a call.
  private static Optional<String> probe(Python python) {
    if (python.executable.startsWith("/usr/") && python.minor() == 11) {
      return Optional.of("usdt:" + python.loop + ":function__return");
    }
    if (python.minor() >= 11) {
      return Optional.empty(); // calls of Python functions stay in the evaluation loop
    }
    String function = python.minor() == 0 ? "PyEval_EvalFrameEx" : "_PyEval_EvalFrameDefault";
    return Optional.of("uprobe:" + python.loop + ":" + function);
  }

  private long lostEvents() throws IOException {
    Pattern warning = Pattern.compile("WARNING: (\\d+) events of .* were lost .*");
    try (Stream<String> lines = Files.lines(errors())) {
      return lines
          .map(warning::matcher)
          .filter(Matcher::matches)
          .mapToLong(match -> Long.parseLong(match.group(1)))
          .sum();
    }
  }

  // ---------------------------------------------------------------- attaching

  private void attaching(List<Python> pythons) throws IOException, InterruptedException {
    System.out.printf(
        "%n## Attaching to a running program of twenty threads, ms%n%n"
            + "From exec of pytap to the probes in place; the longest stop of the target while pytap"
            + " came and went. First: to this interpreter, of which nothing is kept. Median"
            + " (least…most) of %d.%n%n",
        repeats);
    System.out.println(
        "| Python | in-process, first | stopped | in-process | stopped | kernel | stopped |\n"
            + "|---|---|---|---|---|---|---|");
    List<String> late = new ArrayList<>();
    List<String> stopped = new ArrayList<>();
    for (Python python : pythons) {
      Map<String, List<Long>> nanos = new LinkedHashMap<>();
      Process target = new ProcessBuilder(
              python.executable, HERE.resolve("stops.py") + "", library() + "")
          .start();
      try {
        BufferedReader said = target.inputReader();
        said.readLine();
        for (int repeat = 0; repeat < repeats; repeat++) {
          for (String way : List.of("in-process, first", "in-process", "kernel")) {
            if (way.endsWith("first")) {
              forgetSites();
            }
            ask(target, said);
            long took = untilArmed(way.split(",", -1)[0], target.pid());
            add(nanos, way, took);
            add(nanos, way + " stopped", ask(target, said));
          }
        }
      } finally {
        end(target);
      }
      List<String> cells = new ArrayList<>(List.of(python.version));
      nanos.forEach((_, values) -> cells.add(millis(values)));
      System.out.println("| " + String.join(" | ", cells) + " |");
      note(late, python, Spread.of(nanos.get("in-process")).median, 150);
      note(stopped, python, Spread.of(nanos.get("in-process stopped")).median, 5);
    }
    System.out.println();
    target("attached in at most 150 ms; missed by", late);
    target("stopped for at most 5 ms; missed by", stopped);
  }

  /// What `./pytap` has kept of interpreters, see there.
  private static void forgetSites() throws IOException {
    Path launch = Path.of("target", "launch");
    String key = Files.readAllLines(launch.resolve("current")).get(1);
    try (Stream<Path> kept = Files.list(launch.resolve(key).resolve("sites"))) {
      for (Path entry : kept.toList()) {
        Files.delete(entry);
      }
    }
  }

  private static void note(List<String> missed, Python python, long nanos, long mostMillis) {
    if (nanos > mostMillis * 1_000_000) {
      missed.add("%s: %.1f ms".formatted(python.version, nanos / 1e6));
    }
  }

  private static void add(Map<String, List<Long>> nanos, String key, long value) {
    nanos.computeIfAbsent(key, _ -> new ArrayList<>()).add(value);
  }

  private static String millis(List<Long> nanos) {
    Spread spread = Spread.of(nanos);
    return "%.1f (%.1f…%.1f)"
        .formatted(spread.median / 1e6, spread.least / 1e6, spread.most / 1e6);
  }

  private static long ask(Process target, BufferedReader said) throws IOException {
    target.outputWriter().append("\n").flush();
    return Long.parseLong(said.readLine());
  }

  /// From just before the exec of pytap until it says that it is armed; it is ended then.
  private long untilArmed(String engine, long pid) throws IOException, InterruptedException {
    List<String> command =
        List.of("./pytap", "--engine", engine, "-e", ARMED, "-x", Long.toString(pid));
    long start = System.nanoTime();
    Process pytap =
        new ProcessBuilder(command).redirectError(errors().toFile()).start();
    try (BufferedReader said = pytap.inputReader()) {
      String first = said.readLine();
      long took = System.nanoTime() - start;
      pytap.toHandle().destroy(); // Process.destroy would close the pipe
      said.lines().forEach(_ -> {});
      int status = pytap.waitFor();
      if (!"armed".equals(first) || status != 0) {
        throw new IllegalStateException(
            status + ": " + command + "\n" + Files.readString(errors()));
      }
      return took;
    } finally {
      end(pytap);
    }
  }

  // ---------------------------------------------------------------- what is left of it

  /// Two processes, one of which is traced for a while; their change in speed is compared, as two
  /// processes differ by some percent anyway.
  private void afterwards(List<Python> pythons) throws IOException, InterruptedException {
    int rounds = 3 * repeats;
    System.out.printf(
        "%n## A process that was traced against one that never was: time for fib(%d), now / before%n%n"
            + "Medians of %d.%n%n",
        N, rounds);
    System.out.println("| Python | traced by in-process | never traced | ratio |\n|---|---|---|---|");
    List<String> slower = new ArrayList<>();
    for (Python python : pythons) {
      List<Process> both = List.of(later(python), later(python));
      try {
        double[] before = medians(both, rounds);
        untilArmed("in-process", both.getFirst().pid());
        double[] after = medians(both, rounds);
        double traced = after[0] / before[0];
        double never = after[1] / before[1];
        System.out.printf(
            "| %s | %.3f | %.3f | %.3f |%n", python.version, traced, never, traced / never);
        if (traced / never > 1.02) {
          slower.add("%s: %.3f".formatted(python.version, traced / never));
        }
      } finally {
        both.forEach(Engines::end);
      }
    }
    System.out.println();
    target("after detaching at most 2 % slower; missed by", slower);
  }

  private Process later(Python python) throws IOException {
    return new ProcessBuilder(python.executable, HERE.resolve("later.py") + "", N + "").start();
  }

  private static double[] medians(List<Process> processes, int rounds) throws IOException {
    List<List<Long>> nanos = List.of(new ArrayList<>(), new ArrayList<>());
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < processes.size(); i++) {
        nanos.get(i).add(ask(processes.get(i), processes.get(i).inputReader()));
      }
    }
    return nanos.stream().mapToDouble(values -> Spread.of(values).median).toArray();
  }

  // ---------------------------------------------------------------- commands

  private List<String> fib(Python python, String... how) {
    List<String> words = new ArrayList<>();
    words.add(python.executable);
    words.addAll(List.of(HERE.resolve("calls.py") + "", N + "", result() + ""));
    words.addAll(List.of(how));
    return words;
  }

  private List<String> pytap(String engine, String script, Python python) {
    return List.of(
        "./pytap", "--engine", engine, "-s", "64", "-o", events() + "", "-e", script,
        "-c", String.join(" ", fib(python)));
  }

  private void compile() throws IOException, InterruptedException {
    run(
        List.of(
            "cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library() + "",
            HERE.resolve("stops.c") + "", "-lpthread"));
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Files.deleteIfExists(result());
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out().toFile())
            .redirectError(errors().toFile())
            .start();
    boolean done = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    end(process);
    if (!done || process.exitValue() != 0) {
      throw new IllegalStateException(
          (done ? "status " + process.exitValue() : "not done in time")
              + ": " + command + "\n" + Files.readString(errors()));
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private Path events() {
    return directory.resolve("events");
  }

  private Path result() {
    return directory.resolve("result");
  }

  private Path out() {
    return directory.resolve("out");
  }

  private Path errors() {
    return directory.resolve("err");
  }

  private Path library() {
    return directory.resolve("stops.so");
  }

  // ---------------------------------------------------------------- figures

  /// How often fib(N) calls itself, with the first call: 2 * F(N + 1) - 1.
  private static long calls() {
    long[] two = {0, 1};
    LongStream.range(0, N).forEach(i -> two[(int) (i % 2)] = two[0] + two[1]);
    return 2 * Math.max(two[0], two[1]) - 1;
  }

  private void target(String what, List<String> missed) {
    allReached &= missed.isEmpty();
    System.out.println(
        what + ": " + (missed.isEmpty() ? "none" : missed.stream().collect(Collectors.joining("; "))));
  }
}
