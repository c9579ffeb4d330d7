package pytap.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.linux.Errno;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.source.TracerException;
import pytap.target.ThreadStat;

/// Each reason not to touch a process, in words.
final class RefusalsTest {
  @TempDir static Path directory;
  static Path waits;

  private final Kernel kernel = new LinuxKernel();

  @BeforeAll
  static void compile() {
    waits = Program.compiled(directory, "waits.c");
  }

  private static Program quiet(String... more) {
    List<String> words = new java.util.ArrayList<>(List.of(waits.toString(), "quiet"));
    words.addAll(List.of(more));
    return Program.start(words);
  }

  private void assertRefused(int pid, String words) {
    assertThatExceptionOfType(TracerException.class)
        .isThrownBy(() -> Target.running(kernel, pid).close())
        .withMessage("put probes into process " + pid + ": " + words);
  }

  @Test
  void aProcessThatIsNotThere() {
    int pid;
    try (Program program = quiet()) {
      pid = program.pid();
      assertThat(program.finish()).isZero();
    }
    assertRefused(pid, "there is no such process");
  }

  @Test
  void aZombie() throws IOException {
    String forgetful =
        "import os, time\n"
            + "pid = os.fork()\n"
            + "pid or os._exit(0)\n"
            + "print(pid, flush=True)\n"
            + "time.sleep(1000)";
    Process parent = new ProcessBuilder("/usr/bin/python3", "-c", forgetful).start();
    try {
      int pid = Integer.parseInt(parent.inputReader().readLine());
      while (new ProcessFiles(pid).state(pid) != 'Z') {
        Thread.onSpinWait();
      }
      assertRefused(pid, "it has ended, only its parent has not asked how (zombie)");
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void aThread() {
    try (Program program = Program.start(List.of(waits.toString(), "busy"))) {
      int thread = new ProcessFiles(program.pid()).threads().getLast();
      assertRefused(
          thread,
          "that is a thread of process " + program.pid() + " (trace " + program.pid() + ")");
    }
  }

  @Test
  void aProcessThatIsStopped() {
    try (Program program = quiet()) {
      Program.run(List.of("kill", "-STOP", "" + program.pid()));
      while (new ProcessFiles(program.pid()).state(program.pid()) != 'T') {
        Thread.onSpinWait();
      }
      assertRefused(
          program.pid(),
          "it is stopped (SIGSTOP or a terminal's ^Z) (let it run: kill -CONT "
              + program.pid()
              + ")");
    }
  }

  @Test
  void aProcessThatAnotherTraces() throws IOException {
    try (Program program = quiet()) {
      Process strace =
          new ProcessBuilder("strace", "-q", "-o", "/dev/null", "-p", "" + program.pid()).start();
      try {
        while (new ProcessFiles(program.pid()).number(program.pid(), "TracerPid") == 0) {
          Thread.onSpinWait();
        }
        assertRefused(
            program.pid(),
            "it is traced by process "
                + strace.pid()
                + " (strace), and a process has one tracer only (end that one, or use --engine"
                + " kernel, which puts nothing into it)");
      } finally {
        strace.destroy();
      }
    }
  }

  @Test
  void aProcessOf32Bits() throws IOException {
    Path source = directory.resolve("narrow.s");
    Files.writeString(
        source,
        ".globl _start\n_start: mov $29,%eax\nint $0x80\njmp _start\n",
        StandardCharsets.US_ASCII);
    Path object = directory.resolve("narrow.o");
    Path program = directory.resolve("narrow");
    Program.run(List.of("as", "--32", "-o", object.toString(), source.toString()));
    Program.run(List.of("ld", "-m", "elf_i386", "-o", program.toString(), object.toString()));
    Process process = new ProcessBuilder(program.toString()).start();
    try {
      Path running = Path.of("/proc/" + process.pid() + "/exe");
      while (!Files.readSymbolicLink(running).equals(program)) {
        Thread.onSpinWait();
      }
      assertRefused(
          (int) process.pid(), "it is no 64-bit process for x86-64 (pytap traces only those)");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void filtersThatForbidWhatTheStubDoes() throws TracerException {
    String words =
        "it has seccomp filters, which do not allow memfd_create (use --engine kernel, which puts"
            + " nothing into it)";
    for (String how : List.of("errno", "kill")) {
      try (Program program = quiet(how)) {
        assertRefused(program.pid(), words);
        assertThat(program.finish()).isZero();
      }
    }
    try (Program program = quiet("allow");
        Target target = Target.running(kernel, program.pid())) {
      Region region = TargetTest.region(target, program);
      target.patch(region, List.of(TargetTest.counting(target, region, program.start())));
      assertThat(program.ask()).endsWith(" 7");
      target.unpatch(region);
      assertThat(program.finish()).isZero();
    }
  }

  @Test
  void codeThatIsNotTheFiles() throws TracerException {
    try (Program program = quiet();
        Target target = Target.running(kernel, program.pid())) {
      Region region = TargetTest.region(target, program);
      var hook = TargetTest.counting(target, region, program.start());
      byte[] original = target.read(program.start(), 1);
      target.write(program.start(), new byte[] {(byte) 0xcc});
      assertThatExceptionOfType(TracerException.class)
          .isThrownBy(() -> target.patch(region, List.of(hook)))
          .withMessageContaining("cc 8d 47 01 90 instead of 48 8d 47 01 90");
      target.write(program.start(), original);
      assertThat(program.ask()).endsWith(" 7");
      assertThat(program.finish()).isZero();
    }
  }

  @Test
  void aProgramThatHasBecomeAnother() throws TracerException {
    Program program = Program.start(List.of(waits.toString(), "exec"));
    try (program;
        Target target = Target.running(kernel, program.pid())) {
      assertThat(program.ask()).isEqualTo("became another");
      assertThatExceptionOfType(TracerException.class)
          .isThrownBy(() -> TargetTest.region(target, program))
          .withMessage(
              "put probes into process "
                  + program.pid()
                  + ": it has become another program meanwhile (exec)");
    }
  }

  @Test
  void whatYamaForbids() {
    assertThat(Refusals.permission(7, "1000", "1000", Optional.of("1"), Errno.EPERM).getMessage())
        .isEqualTo(
            "put probes into process 7: kernel.yama.ptrace_scope is 1: only a process's ancestors"
                + " may trace it (run pytap as root, start the program with -c, or sysctl"
                + " kernel.yama.ptrace_scope=0)");
  }

  /// Seen when a target's child ended while it was attached to: its memory was gone, its state was
  /// still that of one that runs.
  @Test
  void oneThatIsEndingIsGoneAndNoThreadOfTheKernel() {
    assertThat(Refusals.withoutProgram(7, ThreadStat.EXITING, "no such file"))
        .hasMessage("put probes into process 7: it has ended")
        .extracting(TracerException::kind)
        .isEqualTo(TracerException.Kind.TARGET_GONE);
    assertThat(Refusals.withoutProgram(7, 0, "no such file"))
        .hasMessage(
            "put probes into process 7: its program cannot be read: no such file (run pytap as its"
                + " user or as root)");
  }

  @Test
  void aThreadOfTheKernel() {
    assertThat(new ProcessFiles(2).flags(2) & ThreadStat.OF_KERNEL).isNotZero();
    assertThat(Refusals.withoutProgram(2, new ProcessFiles(2).flags(2), "no such file"))
        .hasMessage(
            "put probes into process 2: its program cannot be read: no such file (a thread of the"
                + " kernel cannot be traced)");
  }
}
