package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import pytap.source.TracerException;

/// Owner of a command that pytap starts, held back until [#release].
///
/// The command runs as `/bin/sh -c COMMAND`. Until released, its process is a shell that waits for
/// a byte on descriptor 3; then it closes 3 and becomes the command's shell by exec, so its pid
/// stays. If pytap dies before, the shell sees the pipe's end and leaves without running anything.
/// The standard streams and the environment pass through; no other descriptor of this process does.
public final class ChildProcess implements AutoCloseable {
  private static final int CHILD_FD = 3;
  private static final String HOLD = "read -r go <&3 || exit 127; exec 3<&-; exec \"$@\"";

  private final Kernel kernel;
  private final int pid;
  private final Descriptor gate;
  private Optional<ExitStatus> status = Optional.empty();

  private ChildProcess(Kernel kernel, int pid, Descriptor gate) {
    this.kernel = kernel;
    this.pid = pid;
    this.gate = gate;
  }

  /// Starts the shell that will run `command`.
  public static ChildProcess hold(Kernel kernel, String command) throws TracerException {
    return holdProgram(kernel, List.of("/bin/sh", "-c", command));
  }

  /// Starts a shell that will become the program `argv[0]`, found on the PATH, with the arguments
  /// after it.
  public static ChildProcess holdProgram(Kernel kernel, List<String> argv) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(8, 4);
      long piped = kernel.call(new FileCall.Pipe(ends, FileCall.O_CLOEXEC));
      if (piped < 0) {
        throw Refusal.of("make a pipe", piped);
      }
      Descriptor gate = new Descriptor(kernel, ends.get(Native.INT, 4));
      try (Descriptor readEnd = new Descriptor(kernel, ends.get(Native.INT, 0))) {
        return new ChildProcess(kernel, spawn(kernel, readEnd, argv), gate);
      } catch (TracerException failure) {
        gate.close();
        throw failure;
      }
    }
  }

  private static int spawn(Kernel kernel, Descriptor readEnd, List<String> argv)
      throws TracerException {
    // The JVM's own files are not all marked to close on exec.
    kernel.call(new FileCall.CloseRange(CHILD_FD, -1, FileCall.CLOSE_RANGE_CLOEXEC));
    String[] shell = new String[4 + argv.size()];
    shell[0] = "sh";
    shell[1] = "-c";
    shell[2] = HOLD;
    shell[3] = "sh";
    for (int i = 0; i < argv.size(); i++) {
      shell[4 + i] = argv.get(i);
    }
    long pid = kernel.call(new Spawn("/bin/sh", List.of(shell), readEnd.fd(), CHILD_FD));
    if (pid < 0) {
      throw Refusal.of("start /bin/sh", pid);
    }
    return (int) pid;
  }

  /// The pid, the same before and after [#release].
  public int pid() {
    return pid;
  }

  /// Lets the command run. Does nothing the second time.
  public void release() throws TracerException {
    if (!gate.isOpen()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment newline = arena.allocateFrom("\n").asSlice(0, 1);
      long written = kernel.call(new FileCall.Write(gate.fd(), newline));
      if (written < 0 && written != -Errno.EPIPE) {
        throw Refusal.of("release process " + pid, written);
      }
      gate.close();
    }
  }

  /// How the command ended; empty while it runs. Does not wait.
  public Optional<ExitStatus> poll() throws TracerException {
    return collect(ProcessCall.WNOHANG);
  }

  /// Takes note of how the command ended where another has waited for it: its tracer.
  public void collected(ExitStatus ended) {
    status = Optional.of(ended);
  }

  /// Waits until the command ends.
  public ExitStatus waitFor() throws TracerException {
    return collect(0).orElseThrow();
  }

  private Optional<ExitStatus> collect(int options) throws TracerException {
    if (status.isPresent()) {
      return status;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment word = arena.allocate(4, 4);
      long answer;
      do {
        answer = kernel.call(new ProcessCall.Wait(pid, word, options));
      } while (answer == -Errno.EINTR);
      if (answer < 0) {
        throw Refusal.of("wait for process " + pid, answer);
      }
      if (answer > 0) {
        status = Optional.of(ExitStatus.of(word.get(Native.INT, 0)));
      }
      return status;
    }
  }

  /// Sends a signal; does nothing once the end of the command was seen here.
  public void kill(int signal) {
    if (status.isEmpty()) {
      kernel.call(new ProcessCall.Kill(pid, signal));
    }
  }

  /// A command never released is dropped without running, and waited for. One that runs is left to
  /// run.
  @Override
  public void close() {
    if (gate.isOpen()) {
      gate.close();
      kill(Signals.KILL);
      try {
        waitFor();
      } catch (TracerException gone) {
        status = Optional.of(new ExitStatus.Exited(127));
      }
    }
  }
}
