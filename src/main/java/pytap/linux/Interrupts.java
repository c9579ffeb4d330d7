package pytap.linux;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Notices SIGINT, SIGTERM and SIGHUP, so that the program can end in good order instead of at
/// once.
///
/// The JVM answers these signals by running its shutdown hooks; the hook of this class notes the
/// signal and then holds the shutdown up until [#exit] or [#close], while every other thread goes
/// on. A signal that this process was started with ignored (`nohup`, a shell's background job)
/// stays ignored. Once a signal has come the JVM hears no further one except SIGKILL, so what is
/// left to do must not take long.
///
/// While this is open the program must end through [#exit]: `System.exit` would wait for the hook,
/// and the hook for it.
public final class Interrupts implements AutoCloseable {
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::shutDown, "pytap-interrupt");

  private Interrupts() {}

  /// Takes the signals over.
  public static Interrupts take() {
    Interrupts interrupts = new Interrupts();
    Runtime.getRuntime().addShutdownHook(interrupts.hook);
    return interrupts;
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

  /// Ends the process with `status`, whether or not a signal came. Does not return.
  public void exit(int status) {
    if (count() > 0) {
      Runtime.getRuntime().halt(status);
    }
    finished.countDown();
    System.exit(status);
  }

  /// Gives the signals back. Where one has come, the JVM now ends with 128 plus its number.
  @Override
  public void close() {
    finished.countDown();
    if (count() == 0) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException signalCameNow) {
        first.countDown();
      }
    }
  }
}
