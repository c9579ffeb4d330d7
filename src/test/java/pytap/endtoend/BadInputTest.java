package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is wrong with a script, a command line or the world: one message for each, in full, and its
/// exit status. That the kernel has no BPF, or refuses our program, cannot be brought about here:
/// `FactsTest` and `RefusedTest` have them.
final class BadInputTest {
  private static final String HARMLESS = "probe begin { println(1) exit() }";
  private static final String TRACING = "probe python.function.entry { println(funcname) }";

  private final Workbench bench = new Workbench();

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  @Test
  void everyParseErrorIsShownWithItsLineAndACaret() {
    assertFails(
        bench.pytap(
            "-e",
            """
            probe begin { x = ; y = 3 }
            probe end { printf("%d" 3) }
            function f( { return 1 }
            """),
        """
        parse error: expected literal string or number
                saw: operator ';' at <input>:1:19
             source: probe begin { x = ; y = 3 }
                                       ^

        parse error: expected one of ', )'
                saw: number '3' at <input>:2:25
             source: probe end { printf("%d" 3) }
                                             ^

        parse error: expected identifier
                saw: operator '{' at <input>:3:13
             source: function f( { return 1 }
                                 ^

        3 parse errors.
        Pass 1: parse failed.  [man error::pass1]
        """);
  }

  @Test
  void everySemanticErrorIsShownAndAnUnknownFunctionWithTheNearestNames() {
    assertFails(
        bench.pytap(
            "-e", "probe begin { exitt() }\nprobe end { println(q[1], gettimeofday_sec()) }"),
        """
        semantic error: unresolved function (similar: exit, egid, euid, abort, ctime): \
        identifier 'exitt' at <input>:1:15
                source: probe begin { exitt() }
                                      ^

        semantic error: unresolved arity-1 global array q, missing global declaration?: \
        identifier 'q' at :2:21
                source: probe end { println(q[1], gettimeofday_sec()) }
                                            ^
        Tip: write this outside the probes: global q

        semantic error: unresolved function (similar: gettimeofday_s, gettimeofday_ms, \
        gettimeofday_ns, gettimeofday_us, cputime_to_msecs): identifier 'gettimeofday_sec' at :2:27
                source: probe end { println(q[1], gettimeofday_sec()) }
                                                  ^

        Pass 2: analysis failed.  [man error::pass2]
        """);
  }

  @Test
  void anUnknownProbePointIsShownWithTheNearestNames() {
    assertFails(
        bench.pytap("-e", "probe python.function.entri { println(1) }"),
        """
        semantic error: while resolving probe point: identifier 'python' at <input>:1:7
                source: probe python.function.entri { println(1) }
                              ^

        semantic error: probe point mismatch (similar: entry, return): identifier 'entri' at :1:23
                source: probe python.function.entri { println(1) }
                                              ^

        Pass 2: analysis failed.  [man error::pass2]
        """);
  }

  @Test
  void aScriptFileThatIsMissingIsNamed() {
    assertFails(
        bench.pytap("/no/such.stp"),
        """
        Input file '/no/such.stp' is missing.
        Pass 1: parse failed.  [man error::pass1]
        """);
  }

  @Test
  void anEmptyScriptIsSaidToBeEmpty() {
    assertFails(
        bench.pytap("-e", ""),
        """
        Input file '<input>' is empty.
        Pass 1: parse failed.  [man error::pass1]
        """);
  }

  @Test
  void aCommandLineThatIsWrongIsNotRun() {
    String help = "Try '--help' for more information.\n";
    assertFails(bench.pytap(), "A script must be specified.\n" + help);
    assertFails(bench.pytap("-Z"), "pytap: invalid option -- 'Z'\n" + help);
    assertFails(bench.pytap("-c"), "pytap: option requires an argument -- 'c'\n" + help);
    assertFails(
        bench.pytap("-e", HARMLESS, "-c", "true", "-x", "1"),
        "You can't specify both -c and -x.\n" + help);
    assertFails(bench.pytap("-e", HARMLESS, "-x", "abc"), "Invalid target process ID number.\n");
    assertFails(bench.pytap("-e", HARMLESS, "-p9"), "Invalid pass number (should be 1-5).\n");
    assertFails(
        bench.pytap("-e", HARMLESS, "-s", "0"), "Invalid buffer size (should be 1-1024 MiB).\n");
    assertFails(
        bench.pytap("-e", HARMLESS, "-s5000"), "Invalid buffer size (should be 1-1024 MiB).\n");
  }

  @Test
  void aProcessThatIsNotThereIsSaidNotToBe() {
    Workbench.Conversation gone = bench.start(List.of("true"));
    assertThat(gone.finish()).isZero();
    assertFails(
        bench.pytap("-e", TRACING, "-x", gone.pid()),
        "pytap: cannot open process " + gone.pid() + ": there is no such process\n");
  }

  @Test
  void exactlyTheCapabilitiesThatTheKernelEngineMissesAreNamed() {
    assertThat(withCapabilities("-all")).isEqualTo("CAP_BPF and CAP_PERFMON");
    assertThat(withCapabilities("-all,+bpf")).isEqualTo("CAP_PERFMON");
    assertThat(withCapabilities("-all,+perfmon")).isEqualTo("CAP_BPF");
  }

  /// Root with no more capabilities than these.
  private String withCapabilities(String these) {
    return missing(
        List.of("setpriv", "--inh-caps=-all", "--bounding-set=" + these, Workbench.PYTAP));
  }

  @Test
  void anOrdinaryUserIsToldTheSame() {
    try (OrdinaryUser nobody = OrdinaryUser.with(bench)) {
      assertThat(missing(nobody.pytap())).isEqualTo("CAP_BPF and CAP_PERFMON");
    }
  }

  @Test
  void whatTheInProcessEngineCannotDoIsSaid() {
    assertFails(
        bench.pytap("--engine", "in-process", "-e", TRACING),
        """
        pytap: cannot use the in-process engine: no process is given to trace
        Tip: give one with -c or -x, or leave --engine out
        """);
    assertFails(
        bench.pytap(
            "--engine=in-process",
            "-e",
            "probe process(\"cat\").provider(\"other\").mark(\"seen\") { println(1) }",
            "-c",
            "echo ran"),
        """
        pytap: cannot use the in-process engine: the script has the marker seen, which only the \
        kernel can take
        Tip: leave --engine out
        """);
  }

  @Test
  void someoneElsesProcessIsRefused() {
    Workbench.Conversation roots = bench.start(List.of(Workbench.PYTHON, "-c", "input()"));
    try (OrdinaryUser nobody = OrdinaryUser.with(bench)) {
      Command pytap = bench.run(nobody.pytap("-e", TRACING, "-x", roots.pid()), _ -> {});
      assertFails(
          pytap,
          """
          pytap: cannot put probes into process %s: it belongs to the user with the number 0, pytap \
          runs as 65534
          Tip: run pytap as that user, or as root
          """
              .formatted(roots.pid()));
    }
    roots.ask("");
    assertThat(roots.finish()).isZero();
  }

  private String missing(List<String> pytap) {
    Command command =
        bench.run(
            Stream.concat(
                    pytap.stream(),
                    Engine.KERNEL.with(List.of("-e", TRACING, "-c", "echo ran")).stream())
                .toList(),
            _ -> {});
    String before = "pytap: cannot trace with eBPF: this process lacks ";
    String after = "\nTip: run pytap as root\n";
    assertThat(command.status()).isEqualTo(1);
    assertThat(command.out()).isEmpty();
    assertThat(command.err()).startsWith(before).endsWith(after);
    return command.err().substring(before.length(), command.err().length() - after.length());
  }

  @Test
  void aCommandThatIsNotFoundFailsInTheShell() {
    Command pytap = bench.pytap("-e", TRACING, "-c", "/no/such/command x");
    assertFails(
        pytap,
        """
        /bin/sh: 1: exec: /no/such/command: not found
        WARNING: Child process exited with status 127
        Pass 5: run failed.  [man error::pass5]
        """);
  }

  @Test
  void aTargetThatIsNoCpythonIsSaidToBeNone() {
    Workbench.Conversation cat = bench.start(List.of("cat"));
    assertThat(cat.ask("ready")).isEqualTo("ready");
    assertFails(
        bench.pytap("-e", TRACING, "-x", cat.pid()),
        "pytap: cannot find CPython in process "
            + cat.pid()
            + ": it runs /usr/bin/cat, and neither that nor a library it has loaded holds CPython\n"
            + "Tip: give the process id of the Python itself\n");
    assertThat(cat.ask("unharmed")).isEqualTo("unharmed");
    assertFails(
        bench.pytap("-e", TRACING, "-c", "sleep 0"),
        """
        pytap: cannot trace the Python that the command runs: the command ran no CPython that pytap \
        knows
        Tip: check the command, or name the interpreter: process("/path/to/python3")
        """);
  }

  @Test
  void theVersionOfACpythonThatIsNotKnownIsSaid(@TempDir Path directory) throws IOException {
    Path source = directory.resolve("new.c");
    Path python = directory.resolve("python3.99");
    Files.writeString(
        source,
        """
        #include <stdio.h>
        const unsigned long Py_Version = 0x036300f0;
        void *_PyEval_EvalFrameDefault(void) { return 0; }
        int main(void) { return puts("ready"), fflush(stdout), getchar() != EOF; }
        """);
    bench.bash("gcc -rdynamic -o %s %s".formatted(python, source)).succeeded();
    String found =
        "cannot read the structures of "
            + python
            + ": CPython 3.99.0%s"
            + "supported are CPython 2.7 and 3.6 to 3.15\n";

    Workbench.Conversation running = bench.start(List.of(python.toString()));
    assertThat(running.hear()).isEqualTo("ready");
    assertFails(
        bench.pytap("-e", TRACING, "-x", running.pid()), "pytap: " + found.formatted("\nTip: "));
    assertThat(running.finish()).isZero();

    Command launched = bench.pytap("-e", TRACING, "-c", python.toString());
    assertThat(launched.status()).isEqualTo(1);
    assertThat(launched.out()).isEqualTo("ready\n");
    assertThat(launched.err())
        .isEqualTo(
            "WARNING: "
                + found.formatted("; ")
                + """
                pytap: cannot trace the Python that the command runs: the command ran no CPython \
                that pytap knows
                Tip: check the command, or name the interpreter: process("/path/to/python3")
                """);
  }

  @Test
  void aProgramThatIsNotThereIsSaidNotToBe() {
    assertUnresolved(
        "process(\"/no/such/python3\").mark(\"function__entry\")",
        "cannot find the program /no/such/python3: there is no such file; give its full path");
    assertUnresolved(
        "process(\"python3.99\").mark(\"function__entry\")",
        "cannot find the program python3.99: it is not in any directory of PATH; give its full"
            + " path");
  }

  @Test
  void aLibraryThatIsNotLoadedIsShownWithThoseThatAre() {
    assertUnresolved(
        "process(\"python3\").library(\"nosuch.so\").mark(\"function__entry\")",
        "cannot find the library nosuch.so: the program does not load a library of that name; it"
            + " loads libm.so.6, libz.so.1, libexpat.so.1, libc.so.6, ld-linux-x86-64.so.2; check"
            + " the name, or leave .library(...) out: pytap finds the interpreter by itself");
  }

  @Test
  void aMarkerThatIsNotThereIsShownWithThoseThatAre() {
    for (String name : List.of("nosuch", "function__entri")) {
      assertUnresolved(
          "process(\"python3\").mark(\"" + name + "\")",
          "cannot find the marker "
              + name
              + " in /usr/bin/python3: the file has the markers audit, function__entry,"
              + " function__return, gc__done, gc__start, import__find__load__done,"
              + " import__find__load__start, line; those of every CPython are function__entry,"
              + " function__return, line, gc__start, gc__done, import__find__load__start,"
              + " import__find__load__done, audit");
    }
  }

  @Test
  void aFileThatIsNoElfFileIsSaidToBeNone() {
    String reason =
        "cannot read /etc/passwd as an ELF file: /etc/passwd at 0x0: not an ELF file; only x86-64"
            + " Linux programs and libraries can be probed";
    assertUnresolved("process(\"/etc/passwd\").mark(\"function__entry\")", reason);
    assertUnresolved(
        "process(\"python3\").library(\"/etc/passwd\").mark(\"function__entry\")", reason);
  }

  @Test
  void aDirectoryThatIsMissingIsNamed() {
    assertFails(
        bench.pytap("-I", "/no/such", "-e", HARMLESS),
        """
        pytap: cannot read the tapset directory /no/such: there is no such directory
        Tip: give -I a directory that holds .stp files
        """);
    assertFails(
        bench.pytap("-o", "/no/such/file", "-e", HARMLESS),
        "pytap: cannot open /no/such/file for writing: ENOENT (no such file or directory)\n");
  }

  @Test
  void aFullDiskEndsTheSessionAndTheCommand() {
    assertFails(
        bench.pytap("-o", "/dev/full", "-e", HARMLESS),
        "pytap: cannot write to /dev/full: ENOSPC (no space left)\n");
    assertFails(
        bench.bash("$PYTAP -e 'probe timer.ms(1) { println(1) }' -c 'sleep 60' > /dev/full"),
        "pytap: cannot write to standard output: ENOSPC (no space left)\n");
  }

  private void assertUnresolved(String point, String reason) {
    String script = "probe " + point + " { println(1) }";
    assertFails(
        bench.pytap("-e", script, "-c", "echo ran"),
        """
        semantic error: while resolving probe point: identifier 'process' at <input>:1:7
                source: %s
                              ^
        Tip: %s

        semantic error: no match

        Pass 2: analysis failed.  [man error::pass2]
        """
            .formatted(script, reason));
  }

  private static void assertFails(Command pytap, String expected) {
    assertThat(pytap.err()).isEqualTo(expected);
    assertThat(pytap.out()).isEmpty();
    assertThat(pytap.status()).isEqualTo(1);
  }
}
