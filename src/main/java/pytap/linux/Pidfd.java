package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import pytap.source.TracerException;

/// Owner of a handle on a process that is not our child. It means that process for ever, also when
/// the pid is used again.
public final class Pidfd implements AutoCloseable {
  private final Kernel kernel;
  private final int pid;
  private final Descriptor descriptor;

  private Pidfd(Kernel kernel, int pid, Descriptor descriptor) {
    this.kernel = kernel;
    this.pid = pid;
    this.descriptor = descriptor;
  }

  /// Opens process `pid` (the number of a process, not of one of its threads).
  public static Pidfd open(Kernel kernel, int pid) throws TracerException {
    long fd = kernel.call(new ProcessCall.PidfdOpen(pid));
    if (fd == -Errno.ESRCH || fd == -Errno.EINVAL) {
      throw new TracerException(
          TracerException.Kind.NO_SUCH_PROCESS,
          "open process " + pid,
          "there is no such process",
          "");
    }
    if (fd < 0) {
      throw Refusal.of("open process " + pid, fd);
    }
    return new Pidfd(kernel, pid, new Descriptor(kernel, fd));
  }

  public int pid() {
    return pid;
  }

  /// Whether the process has ended. Does not wait.
  public boolean hasEnded() throws TracerException {
    return endsWithin(0);
  }

  /// Waits up to `timeoutMillis` for the process to end; returns whether it has. A signal to this
  /// process may end the wait early.
  public boolean endsWithin(int timeoutMillis) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entry = arena.allocate(8, 4);
      entry.set(Native.INT, 0, descriptor.fd());
      entry.set(Native.SHORT, 4, FileCall.POLLIN);
      long ready = kernel.call(new FileCall.Poll(entry, 1, timeoutMillis));
      if (ready < 0 && ready != -Errno.EINTR) {
        throw Refusal.of("watch process " + pid, ready);
      }
      return ready > 0;
    }
  }

  /// Sends a signal; returns whether the process was still there.
  public boolean kill(int signal) throws TracerException {
    long answer = kernel.call(new ProcessCall.PidfdSendSignal(descriptor.fd(), signal));
    if (answer < 0 && answer != -Errno.ESRCH) {
      throw Refusal.of("send " + Signals.name(signal) + " to process " + pid, answer);
    }
    return answer == 0;
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
