package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import pytap.source.TracerException;

/// How the kernel's clocks stood to each other at one moment, so that a time stamp taken in a probe
/// can be told as time of day. Read it again now and then: the time of day may be set or slewed.
///
/// @param monotonicToRealNanos add it to `bpf_ktime_get_ns` to get nanoseconds since 1970
/// @param bootToRealNanos add it to `bpf_ktime_get_boot_ns` to get nanoseconds since 1970
public record Clocks(long monotonicToRealNanos, long bootToRealNanos) {

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /// Reads them. The error is at most half the time between two readings, some hundred nanoseconds:
  /// of three attempts the quickest counts.
  public static Clocks read(Kernel kernel) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(16, 8);
      return new Clocks(
          difference(kernel, time, ProcessCall.CLOCK_MONOTONIC),
          difference(kernel, time, ProcessCall.CLOCK_BOOTTIME));
    }
  }

  private static long difference(Kernel kernel, MemorySegment time, int clock)
      throws TracerException {
    long best = 0;
    long bestWidth = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 3; attempt++) {
      long before = nanos(kernel, time, clock);
      long real = nanos(kernel, time, ProcessCall.CLOCK_REALTIME);
      long after = nanos(kernel, time, clock);
      if (after - before < bestWidth) {
        bestWidth = after - before;
        best = real - (before + (after - before) / 2);
      }
    }
    return best;
  }

  private static long nanos(Kernel kernel, MemorySegment time, int clock) throws TracerException {
    long answer = kernel.call(new ProcessCall.ClockGettime(clock, time));
    if (answer < 0) {
      throw Refusal.of("read clock " + clock, answer);
    }
    return time.get(Native.LONG, 0) * NANOS_PER_SECOND + time.get(Native.LONG, 8);
  }
}
