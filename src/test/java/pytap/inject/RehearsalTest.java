package pytap.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import pytap.linux.Errno;
import pytap.linux.FailingKernel;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;

/// What goes before the first stop of a target.
final class RehearsalTest {
  private final Kernel kernel = new LinuxKernel();

  @Test
  void itGoesThroughAndLeavesNothing() throws IOException {
    List<Long> children = children();
    List<Path> descriptors = descriptors();
    assertThat(Rehearsal.run(kernel)).isTrue();
    assertThat(children()).isEqualTo(children);
    assertThat(descriptors()).isSubsetOf(descriptors);
  }

  @Test
  void whateverIsRefusedItEndsAndLeavesNothing() throws IOException {
    List<Long> children = children();
    int call = 1;
    FailingKernel failing;
    do {
      failing = new FailingKernel(kernel, call, Errno.EPERM);
      List<Path> descriptors = descriptors();
      Rehearsal.run(failing);
      assertThat(children()).as("call " + call).isEqualTo(children);
      assertThat(descriptors()).as("call " + call).isSubsetOf(descriptors);
      call++;
    } while (failing.hasFailed());
    assertThat(call).isGreaterThan(20);
  }

  private static List<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).sorted().toList();
  }

  /// Those of this JVM: others than ours may be closed at any time.
  private static List<Path> descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.map(Path::getFileName).sorted().toList();
    }
  }
}
