package pytap.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.probe.Occasion;
import pytap.runtime.Handlers;
import pytap.runtime.Machine;

/// Runs timer handlers when they are due. A timer that is late by several periods runs once for
/// them, and is due again one period after it ran.
final class Timers {
  private static final class Timer {
    final int probe;
    final long periodNanos;
    final long spreadNanos;
    long dueNanos;

    Timer(int probe, Occasion.Timer every, long dueNanos) {
      this.probe = probe;
      this.periodNanos = every.periodNanos();
      this.spreadNanos = every.spreadNanos();
      this.dueNanos = dueNanos;
    }
  }

  private final Random random;
  private final List<Timer> timers = new ArrayList<>();

  /// All timers of `program`, running from `nowNanos` of [System#nanoTime].
  Timers(Program program, long nowNanos) {
    random = new Random(nowNanos);
    for (Probe probe : program.probes()) {
      if (probe.occasion() instanceof Occasion.Timer every) {
        Timer timer = new Timer(probe.index(), every, nowNanos);
        timer.dueNanos += next(timer);
        timers.add(timer);
      }
    }
  }

  /// How long a timer waits this time.
  private long next(Timer timer) {
    return timer.spreadNanos == 0
        ? timer.periodNanos
        : timer.periodNanos - timer.spreadNanos + random.nextLong(2 * timer.spreadNanos + 1);
  }

  /// Runs every handler that is due at `nowNanos`, the longest due first.
  void run(long nowNanos, Handlers handlers, Machine machine) {
    while (!machine.exiting()) {
      Timer first = null;
      for (Timer timer : timers) {
        if (timer.dueNanos - nowNanos <= 0
            && (first == null || timer.dueNanos - first.dueNanos < 0)) {
          first = timer;
        }
      }
      if (first == null) {
        return;
      }
      long late = (nowNanos - first.dueNanos) / first.periodNanos;
      first.dueNanos += late * first.periodNanos + next(first);
      handlers.run(first.probe, machine);
    }
  }

  /// Nanoseconds until the next timer is due; `mostNanos` where that is later or there is none.
  long untilNext(long nowNanos, long mostNanos) {
    long least = mostNanos;
    for (Timer timer : timers) {
      least = Math.min(least, Math.max(0, timer.dueNanos - nowNanos));
    }
    return least;
  }
}
