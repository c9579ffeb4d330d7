package pytap.session;

import java.util.ArrayList;
import java.util.List;
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
    long dueNanos;

    Timer(int probe, long periodNanos, long dueNanos) {
      this.probe = probe;
      this.periodNanos = periodNanos;
      this.dueNanos = dueNanos;
    }
  }

  private final List<Timer> timers = new ArrayList<>();

  /// All timers of `program`, running from `nowNanos` of [System#nanoTime].
  Timers(Program program, long nowNanos) {
    for (Probe probe : program.probes()) {
      if (probe.occasion() instanceof Occasion.Timer(long periodNanos)) {
        timers.add(new Timer(probe.index(), periodNanos, nowNanos + periodNanos));
      }
    }
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
      first.dueNanos += (late + 1) * first.periodNanos;
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
