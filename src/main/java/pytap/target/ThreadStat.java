package pytap.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What `/proc/PID/task/TID/stat` says of a thread.
///
/// @param state one letter, as in ps
/// @param flags the kernel's, `PF_…`
/// @param startTicks when its process began, or it for itself, in the kernel's ticks since boot
public record ThreadStat(char state, long flags, long startTicks) {
  /// `PF_EXITING` and `PF_KTHREAD` (Linux 6.6 include/linux/sched.h).
  public static final long EXITING = 0x4;

  public static final long OF_KERNEL = 0x20_0000;

  /// Empty where there is no such thread.
  public static Optional<ThreadStat> of(int pid, int tid) {
    try {
      Path file = Path.of("/proc/" + pid + "/task/" + tid + "/stat");
      return Optional.of(parse(Files.readString(file, StandardCharsets.ISO_8859_1)));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// The name stands in brackets, and may itself have brackets and blanks.
  private static ThreadStat parse(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return new ThreadStat(
        fields[0].charAt(0), Long.parseLong(fields[6]), Long.parseLong(fields[19]));
  }

  public boolean hasEnded() {
    return state == 'Z' || state == 'X';
  }

  /// Whether it is about to end: it gives up its memory some time before its state says so (Linux
  /// 6.6 kernel/exit.c `do_exit`).
  boolean isEnding() {
    return (flags & EXITING) != 0;
  }
}
