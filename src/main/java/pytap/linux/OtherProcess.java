package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import pytap.source.TracerException;

/// What is done with processes and descriptors that nothing here owns.
public final class OtherProcess {
  private OtherProcess() {}

  /// Sends a signal; returns whether there was such a process.
  public static boolean signal(Kernel kernel, int pid, int signal) throws TracerException {
    long answer = kernel.call(new ProcessCall.Kill(pid, signal));
    if (answer < 0 && answer != -Errno.ESRCH) {
      throw Refusal.of("send " + Signals.name(signal) + " to process " + pid, answer);
    }
    return answer == 0;
  }

  /// Waits up to `timeoutMillis` until `fd` has something to read. A signal may end the wait early.
  public static void waitReadable(Kernel kernel, int fd, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entry = arena.allocate(8, 4);
      entry.set(Native.INT, 0, fd);
      entry.set(Native.SHORT, 4, FileCall.POLLIN);
      kernel.call(new FileCall.Poll(entry, 1, timeoutMillis));
    }
  }
}
