package pytap.linux;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Notices SIGINT, SIGTERM and SIGHUP, so that the program can end in good order instead of at
/// once.
///
/// The JVM answers these signals by running its shutdown hooks; the [#hook] of this class notes the
/// signal and then holds the shutdown up, while every other thread goes on. A signal that this
/// process was started with ignored (`nohup`, a shell's background job) stays ignored. Once a
/// signal has come the JVM hears no further one except SIGKILL, so what is left to do must not take
/// long.
///
/// Whoever ends the process owns this object, registers the hook and at the end does
///
/// ```java
/// if (interrupts.count() > 0) {
///   Runtime.getRuntime().halt(status); // System.exit would wait for the hook, and that for us
/// }
/// interrupts.finish();
/// System.exit(status);
/// ```
public final class Interrupts {
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);

  /// A shutdown hook that waits for [#finish].
  public Thread hook() {
    return new Thread(this::shutDown, "pytap-interrupt");
  }

  private void shutDown() {
    if (finished.getCount() == 0) {
      return;
    }
    first.countDown();
    try {
      finished.await();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /// How many signals asked to end: 0 or 1.
  public int count() {
    return first.getCount() == 0 ? 1 : 0;
  }

  /// Waits up to `timeoutMillis` for a signal; returns whether one has come.
  public boolean waitForFirst(long timeoutMillis) {
    try {
      return first.await(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return count() > 0;
    }
  }

  /// Lets the JVM end: after a signal with 128 plus its number.
  public void finish() {
    finished.countDown();
  }
}
