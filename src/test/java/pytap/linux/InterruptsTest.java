package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import pytap.source.TracerException;

final class InterruptsTest {
  private final Kernel kernel = new LinuxKernel();

  private void raise(int signal) {
    int self = (int) kernel.call(new ProcessCall.Getpid());
    assertThat(kernel.call(new ProcessCall.Kill(self, signal))).isZero();
  }

  private static void waitForCount(Interrupts interrupts, int count) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (interrupts.count() < count) {
      assertThat(System.nanoTime()).as("signal %d came", count).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void signalsAreCountedInsteadOfEndingUs() {
    try (Interrupts interrupts = Interrupts.take()) {
      assertThat(interrupts.count()).isZero();
      assertThat(interrupts.last()).isZero();
      raise(Signals.INT);
      waitForCount(interrupts, 1);
      assertThat(interrupts.last()).isEqualTo(Signals.INT);
      raise(Signals.TERM);
      waitForCount(interrupts, 2);
      assertThat(interrupts.last()).isEqualTo(Signals.TERM);
      raise(Signals.HUP);
      waitForCount(interrupts, 3);
      assertThat(interrupts.last()).isEqualTo(Signals.HUP);
    }
  }

  /// A JVM of its own, because a signal that is ignored cannot be taken over once the JVM has it.
  @Test
  void aSignalIgnoredFromTheBeginningStaysIgnored() throws TracerException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String run =
        "trap '' INT; exec '%s' -XX:+UseSerialGC -cp '%s' pytap.linux.InterruptsTest$Ignoring"
            .replace("$", "\\$")
            .formatted(java, System.getProperty("java.class.path"));
    try (ChildProcess child = ChildProcess.hold(kernel, run)) {
      child.release();
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Exited(0));
    }
  }

  /// Sends itself an ignored SIGINT and then SIGTERM; leaves with the number of signals noticed
  /// besides one.
  static final class Ignoring {
    private Ignoring() {}

    public static void main(String[] arguments) throws Exception {
      try (Interrupts interrupts = Interrupts.take()) {
        String self = Long.toString(ProcessHandle.current().pid());
        Python.run("kill", "-INT", self);
        Python.run("kill", "-TERM", self);
        waitForCount(interrupts, 1);
        boolean onlyTheSecond = interrupts.count() == 1 && interrupts.last() == Signals.TERM;
        System.exit(onlyTheSecond ? 0 : 1);
      }
    }
  }
}
