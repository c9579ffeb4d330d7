package pytap.inject;

import java.util.concurrent.locks.LockSupport;

/// Pauses between looks at a thread that will soon have stopped. It takes the thread microseconds,
/// and going to sleep takes longer: so the first pauses are short and awake, each twice as long as
/// the one before.
final class Pause {
  private static final long FIRST_NANOS = 2_000;
  private static final long AWAKE_NANOS = 200_000;
  private static final long ASLEEP_NANOS = 50_000;

  private long nextNanos = FIRST_NANOS;

  /// Whether the thread has had as long as it usually takes.
  boolean isLong() {
    return nextNanos > AWAKE_NANOS;
  }

  void pause() {
    if (isLong()) {
      LockSupport.parkNanos(ASLEEP_NANOS);
      return;
    }
    long end = System.nanoTime() + nextNanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    nextNanos *= 2;
  }
}
