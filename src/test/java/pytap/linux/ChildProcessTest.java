package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.source.TracerException;

final class ChildProcessTest {
  private final Kernel kernel = new LinuxKernel();

  @TempDir Path directory;

  /// Runs `command`, and returns what it wrote into the file `$OUT` stands for.
  private String output(String command) throws Exception {
    Path out = directory.resolve("out");
    try (ChildProcess child = ChildProcess.hold(kernel, "( " + command + " ) > " + out)) {
      child.release();
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Exited(0));
    }
    return Files.readString(out);
  }

  @Test
  void aHeldCommandHasNotRunAndKeepsItsPidWhenItDoes() throws Exception {
    Path out = directory.resolve("out");
    try (ChildProcess child = ChildProcess.hold(kernel, "echo $$ > " + out)) {
      assertThat(child.poll()).isEmpty();
      assertThat(out).doesNotExist();
      child.release();
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Exited(0));
      assertThat(Files.readString(out)).isEqualTo(child.pid() + "\n");
    }
  }

  @Test
  void aProgramIsGivenItsArgumentsAsTheyAre() throws Exception {
    Path out = directory.resolve("out");
    List<String> argv =
        List.of(
            "/usr/bin/python3",
            "-c",
            "import sys; open(sys.argv[1],'w').write(repr(sys.argv[2:]))",
            out.toString(),
            "a b",
            "$HOME",
            "",
            "é\"'");
    try (ChildProcess child = ChildProcess.holdProgram(kernel, argv)) {
      child.release();
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Exited(0));
    }
    assertThat(Files.readString(out)).isEqualTo("['a b', '$HOME', '', 'é\"\\'']");
  }

  @Test
  void aCommandNeverReleasedNeverRuns() throws Exception {
    Path out = directory.resolve("out");
    int pid;
    try (ChildProcess child = ChildProcess.hold(kernel, "echo ran > " + out)) {
      pid = child.pid();
    }
    assertThat(out).doesNotExist();
    assertThat(Path.of("/proc/" + pid)).doesNotExist();
  }

  @Test
  void whenWeAreKilledAHeldCommandNeverRuns() throws Exception {
    Path out = directory.resolve("out");
    Path pidFile = directory.resolve("pid");
    assertThat(OtherJvm.run(List.of(), Killed.class, out.toString(), pidFile.toString()))
        .isEqualTo(new ExitStatus.Signaled(Signals.KILL));
    assertThat(hasEnded(Integer.parseInt(Files.readString(pidFile)))).isTrue();
    assertThat(out).doesNotExist();
  }

  private boolean hasEnded(int pid) throws TracerException {
    if (kernel.call(new ProcessCall.Kill(pid, 0)) == -Errno.ESRCH) {
      return true;
    }
    try (Pidfd handle = Pidfd.open(kernel, pid)) {
      return handle.endsWithin(10_000);
    }
  }

  /// Holds a command that would make the file `arguments[0]`, notes its pid in `arguments[1]`, and
  /// is killed.
  static final class Killed {
    private Killed() {}

    public static void main(String[] arguments) throws Exception {
      Kernel kernel = new LinuxKernel();
      try (ChildProcess child = ChildProcess.hold(kernel, "echo ran > " + arguments[0])) {
        Files.writeString(Path.of(arguments[1]), Integer.toString(child.pid()));
        kernel.call(
            new ProcessCall.Kill((int) kernel.call(new ProcessCall.Getpid()), Signals.KILL));
      }
    }
  }

  @Test
  void howItEndedIsTold() throws TracerException {
    assertThat(ended("exit 7")).isEqualTo(new ExitStatus.Exited(7));
    assertThat(ended("kill -TERM $$")).isEqualTo(new ExitStatus.Signaled(Signals.TERM));
    assertThat(ended("kill -TERM $$").shellCode()).isEqualTo(143);
    assertThat(ended("no-such-command-anywhere 2>/dev/null")).isEqualTo(new ExitStatus.Exited(127));
  }

  private ExitStatus ended(String command) throws TracerException {
    try (ChildProcess child = ChildProcess.hold(kernel, command)) {
      child.release();
      return child.waitFor();
    }
  }

  @Test
  void aSignalReachesIt() throws TracerException {
    try (ChildProcess child = ChildProcess.holdProgram(kernel, List.of("sleep", "1000"))) {
      child.release();
      assertThat(child.poll()).isEmpty();
      child.kill(Signals.KILL);
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Signaled(Signals.KILL));
    }
  }

  @Test
  void itInheritsTheStandardStreamsAndNothingElse() throws Exception {
    try (FileInputStream ours = new FileInputStream("/etc/hostname")) {
      assertThat(ours.getFD().valid()).isTrue();
      // 3 is the directory that ls itself reads
      assertThat(output("exec ls /proc/self/fd")).isEqualTo("0\n1\n2\n3\n");
    }
  }

  @Test
  void itBlocksAndIgnoresNoSignalThatWeDoNot() throws Exception {
    String status = output("exec cat /proc/self/status");
    assertThat(line(status, "SigBlk:")).isEqualTo("0000000000000000");
    String ours = Files.readString(Path.of("/proc/self/status"));
    // posix_spawn of glibc ignores its own two, 32 and 33; a library that wants them sets them
    // again. Whoever started this JVM may have done the same to it.
    long glibcs = 3L << 31;
    assertThat(ignored(status) & ~glibcs).isEqualTo(ignored(ours) & ~glibcs);
  }

  private static long ignored(String status) {
    return Long.parseUnsignedLong(line(status, "SigIgn:"), 16);
  }

  private static String line(String status, String field) {
    return status
        .lines()
        .filter(line -> line.startsWith(field))
        .findFirst()
        .orElseThrow()
        .substring(field.length())
        .strip();
  }

  @Test
  void itHasOurEnvironmentToTheByte() throws Exception {
    String theirs = output("exec cat /proc/self/environ");
    byte[] ours = Files.readAllBytes(Path.of("/proc/self/environ"));
    List<String> variables = List.of(new String(ours, StandardCharsets.UTF_8).split("\0"));
    assertThat(List.of(theirs.split("\0"))).containsAll(shellSetsNone(variables));
  }

  /// A shell sets these itself.
  private static List<String> shellSetsNone(List<String> variables) {
    return variables.stream()
        .filter(v -> !v.startsWith("_=") && !v.startsWith("PWD=") && !v.startsWith("OLDPWD="))
        .toList();
  }

  @Test
  void aForeignProcessIsWatchedByItsHandle() throws TracerException {
    try (ChildProcess child = ChildProcess.holdProgram(kernel, List.of("sleep", "1000"));
        Pidfd handle = Pidfd.open(kernel, child.pid())) {
      child.release();
      assertThat(handle.hasEnded()).isFalse();
      assertThat(handle.kill(Signals.TERM)).isTrue();
      assertThat(handle.endsWithin(10_000)).isTrue();
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Signaled(Signals.TERM));
      assertThat(handle.kill(Signals.TERM)).isFalse();
    }
  }

  @Test
  void aProcessThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> Pidfd.open(kernel, 0x3fffffff))
        .isInstanceOf(TracerException.class)
        .hasMessage("open process 1073741823: there is no such process");
  }
}
