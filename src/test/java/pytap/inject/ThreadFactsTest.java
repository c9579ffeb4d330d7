package pytap.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What is read of a thread's status.
final class ThreadFactsTest {

  @Test
  void aStatusIsTakenApart() {
    String status =
        """
        Name:\tpython3
        State:\tS (sleeping)
        TracerPid:\t4711
        Seccomp:\t2
        Seccomp_filters:\t3
        """;
    assertThat(ThreadFacts.parse(7, status))
        .isEqualTo(new ThreadFacts(7, 'S', 4711, 2, Optional.of("3")));
  }

  /// A line break in a name is written as two characters, so no name can pass for a field.
  @Test
  void aNameIsNoField() {
    String status = "Name:\tx\\nTracerPid:\t1\nState:\tR (running)\nTracerPid:\t0\n";
    assertThat(ThreadFacts.parse(7, status))
        .isEqualTo(new ThreadFacts(7, 'R', 0, 0, Optional.empty()));
  }

  @Test
  void thisProcessHasLivingThreadsThatNobodyTraces() {
    ProcessFiles self = ProcessFiles.own();
    List<ThreadFacts> threads = ThreadFacts.ofLiving(self);
    assertThat(threads).extracting(ThreadFacts::tid).contains(self.pid());
    assertThat(threads).extracting(ThreadFacts::tracer).containsOnly(0);
  }

  @Test
  void aProcessThatIsGoneHasNone() {
    assertThat(ThreadFacts.ofLiving(new ProcessFiles(Integer.MAX_VALUE))).isEmpty();
  }
}
