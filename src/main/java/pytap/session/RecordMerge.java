package pytap.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import pytap.linux.RecordHandler;
import pytap.linux.SharedRing;

/// Puts the records of several rings into one order, by the time stamps that they carry.
///
/// A record becomes readable a little after it was stamped, so what is younger than a moment waits
/// for what may still come. A record without a stamp is from when its ring was the only one
/// ([Stamping]): it is older than what any other ring has. A ring whose oldest record is still
/// being written holds the others back as well, from its moment on, but not for ever: its writer
/// may be stopped.
final class RecordMerge {
  private static final long MOMENT_NANOS = 1_000_000;
  private static final long MOST_PATIENCE_NANOS = 50_000_000;

  /// One ring.
  interface Source {
    /// When its oldest record was stamped, or [SharedRing#UNSTAMPED]; empty where there is none, or
    /// it is still being written.
    OptionalLong nextStamp();

    /// Whether its oldest record is still being written.
    boolean isBlocked();

    /// Gives `handler` the records that are stamped `stamp` or earlier or not at all, up to one
    /// that is later.
    ///
    /// @return how many
    int drainUntil(long stamp, RecordHandler handler);
  }

  private final Map<Source, Long> blockedSince = new HashMap<>();

  /// Gives `handler` what can be put into its place by now.
  ///
  /// @param nowNanos on the clock of the stamps
  /// @return how many records
  int drain(List<? extends Source> sources, long nowNanos, RecordHandler handler) {
    return merge(sources, horizon(sources, nowNanos), handler);
  }

  /// The same of everything that is complete: nothing is written any more.
  int drainAll(List<? extends Source> sources, RecordHandler handler) {
    return merge(sources, Long.MAX_VALUE, handler);
  }

  /// A source that will not be drained again.
  void forget(Source source) {
    blockedSince.remove(source);
  }

  private long horizon(List<? extends Source> sources, long nowNanos) {
    long horizon = nowNanos - MOMENT_NANOS;
    for (Source source : sources) {
      if (source.isBlocked()) {
        long since = blockedSince.computeIfAbsent(source, absent -> nowNanos);
        if (nowNanos - since < MOST_PATIENCE_NANOS) {
          horizon = Math.min(horizon, since - MOMENT_NANOS);
        }
      } else {
        blockedSince.remove(source);
      }
    }
    return horizon;
  }

  private static int merge(List<? extends Source> sources, long horizon, RecordHandler handler) {
    int records = 0;
    while (true) {
      Source first = null;
      long firstStamp = Long.MAX_VALUE;
      long secondStamp = Long.MAX_VALUE;
      for (Source source : sources) {
        long stamp = source.nextStamp().orElse(Long.MAX_VALUE);
        if (first == null ? stamp < Long.MAX_VALUE : stamp < firstStamp) {
          secondStamp = firstStamp;
          firstStamp = stamp;
          first = source;
        } else {
          secondStamp = Math.min(secondStamp, stamp);
        }
      }
      if (first == null || firstStamp > horizon) {
        return records;
      }
      records += first.drainUntil(Math.min(secondStamp, horizon), handler);
    }
  }
}
