package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.source.TracerException;

/// Each case is a JVM of its own that sends itself signals, because a signal ends the JVM for good.
final class InterruptsTest {
  private static final int WAIT_MILLIS = 20_000;

  /// What a JVM started for a test does.
  enum Program {
    /// Works on after SIGINT and chooses its exit status.
    WORKS_ON,
    /// The same with SIGTERM.
    ENDS_BY_TERM,
    /// Finishes after SIGINT, and lets the JVM choose.
    FINISHES,
    /// No signal comes.
    UNDISTURBED,
    /// Fails with an exception.
    FAILS,
    /// Was started with SIGINT ignored.
    IGNORES
  }

  private static ExitStatus run(Program program) throws TracerException {
    List<String> wrapper =
        switch (program) {
          case IGNORES -> List.of("sh", "-c", "trap '' INT; exec \"$@\"", "sh");
          case FAILS -> List.of("sh", "-c", "exec \"$@\" 2>/dev/null", "sh");
          default -> List.of();
        };
    return OtherJvm.run(wrapper, Main.class, program.name());
  }

  @Test
  void afterASignalTheProgramWorksOnAndChoosesItsStatus() throws TracerException {
    assertThat(run(Program.WORKS_ON)).isEqualTo(new ExitStatus.Exited(7));
    assertThat(run(Program.ENDS_BY_TERM)).isEqualTo(new ExitStatus.Exited(8));
  }

  @Test
  void finishedAfterASignalTheJvmEndsAsItWouldHave() throws TracerException {
    assertThat(run(Program.FINISHES)).isEqualTo(new ExitStatus.Exited(128 + Signals.INT));
  }

  @Test
  void withoutASignalNothingIsDifferent() throws TracerException {
    assertThat(run(Program.UNDISTURBED)).isEqualTo(new ExitStatus.Exited(5));
    assertThat(run(Program.FAILS)).isEqualTo(new ExitStatus.Exited(1));
  }

  @Test
  void aSignalIgnoredFromTheBeginningStaysIgnored() throws TracerException {
    assertThat(run(Program.IGNORES)).isEqualTo(new ExitStatus.Exited(9));
  }

  /// The program that these JVMs run.
  static final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
      Interrupts interrupts = new Interrupts();
      Runtime.getRuntime().addShutdownHook(interrupts.hook());
      try {
        int status = work(Program.valueOf(arguments[0]), interrupts);
        if (interrupts.count() > 0 && status != 0) {
          Runtime.getRuntime().halt(status);
        }
        interrupts.finish();
        System.exit(status);
      } finally {
        interrupts.finish();
      }
    }

    private static int work(Program program, Interrupts interrupts) throws IOException {
      return switch (program) {
        case WORKS_ON -> endAfter(interrupts, Signals.INT, 7);
        case ENDS_BY_TERM -> endAfter(interrupts, Signals.TERM, 8);
        case FINISHES -> endAfter(interrupts, Signals.INT, 0);
        case UNDISTURBED -> interrupts.count() == 0 ? 5 : 1;
        case FAILS -> throw new IllegalStateException("as the test wants");
        case IGNORES -> {
          raise(Signals.INT);
          yield ignoresInterrupt() && interrupts.count() == 0 ? 9 : 1;
        }
      };
    }

    private static boolean ignoresInterrupt() throws IOException {
      List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
      return status.stream()
          .filter(line -> line.startsWith("SigIgn:"))
          .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
          .anyMatch(mask -> (mask & (1L << (Signals.INT - 1))) != 0);
    }

    private static int endAfter(Interrupts interrupts, int signal, int status) {
      raise(signal);
      boolean came = interrupts.waitForFirst(WAIT_MILLIS);
      return came && interrupts.count() == 1 ? status : 1;
    }

    private static void raise(int signal) {
      Kernel kernel = new LinuxKernel();
      int self = (int) kernel.call(new ProcessCall.Getpid());
      kernel.call(new ProcessCall.Kill(self, signal));
    }
  }
}
