package pytap.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import pytap.runtime.ProcFiles;
import pytap.target.ProcessSpaces;
import pytap.target.RunningProcess;

/// `/proc` as handlers ask it. What a process said last is still known when it has ended.
final class ProcFileSystem implements ProcFiles {
  /// What is read of a process while it is there, for a script that asks when it has ended.
  private static final List<String> REMEMBERED =
      List.of("cmdline", "environ", "comm", "stat", "status", "statm");

  private static final double[] USUAL_RATES = {100, 250, 300, 1000};
  private static final long FIVE_MINUTES = 300;

  private final boolean remembering;
  private final ProcessSpaces spaces;
  private final Set<Integer> met = new HashSet<>();
  private final Map<String, String> last = new HashMap<>();
  private long ticksPerSecond;

  /// @param remembering processes are looked at when they are first met
  /// @param spaces that look at them, too
  ProcFileSystem(boolean remembering, ProcessSpaces spaces) {
    this.remembering = remembering;
    this.spaces = spaces;
  }

  @Override
  public void met(int pid) {
    if (remembering && met.add(pid)) {
      for (String file : REMEMBERED) {
        read("/proc/" + pid + "/" + file);
      }
      spaces.remember(pid);
    }
  }

  @Override
  public String read(String path) {
    try {
      String text = Files.readString(Path.of(path), StandardCharsets.ISO_8859_1);
      if (!text.isEmpty()) {
        last.put(path, text);
        return text;
      }
    } catch (IOException gone) {
      return last.getOrDefault(path, "");
    }
    return last.getOrDefault(path, ""); // a process that is ending has an empty command line
  }

  @Override
  public int entries(String path) {
    int count = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(path))) {
      for (Path _ : entries) {
        count++;
      }
    } catch (IOException gone) {
      return 0;
    }
    return count;
  }

  @Override
  public int[] children(int pid) {
    return new RunningProcess(pid)
        .children().stream().mapToInt(RunningProcess::pid).sorted().toArray();
  }

  /// By how far the kernel's count of ticks has come: it begins five minutes before it wraps 32
  /// bits (Linux 6.6 include/linux/jiffies.h, `INITIAL_JIFFIES`).
  @Override
  public long ticksPerSecond() {
    if (ticksPerSecond == 0) {
      String timers = read("/proc/timer_list");
      long now = number(timers, "now at ");
      long ticks = number(timers, "jiffies: ");
      ticks = ticks != 0 ? ticks : number(timers, "last_jiffies   : ");
      double seconds = now / 1e9 - FIVE_MINUTES;
      ticksPerSecond = now == 0 || ticks == 0 ? 250 : nearest((ticks - (1L << 32)) / seconds);
    }
    return ticksPerSecond;
  }

  private static long nearest(double rate) {
    double best = USUAL_RATES[0];
    for (double usual : USUAL_RATES) {
      best = Math.abs(usual - rate) < Math.abs(best - rate) ? usual : best;
    }
    return (long) best;
  }

  /// The number behind the first `label`; 0 where there is none.
  private static long number(String text, String label) {
    int at = text.indexOf(label);
    if (at < 0) {
      return 0;
    }
    int start = at + label.length();
    int end = start;
    while (end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    return end == start ? 0 : Long.parseLong(text.substring(start, end));
  }
}
