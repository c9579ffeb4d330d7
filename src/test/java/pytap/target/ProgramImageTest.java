package pytap.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What tells one execution of a program from the next.
final class ProgramImageTest {
  private static ProgramImage image(Process process) {
    return ProgramImage.of(Math.toIntExact(process.pid())).orElseThrow();
  }

  /// Forks itself, and says so once the child is there; both wait until nothing more is said.
  private static Process forking() throws IOException {
    String script =
        """
        import os, sys
        child = os.fork()
        if child:
            print(child)
            sys.stdout.flush()
        sys.stdin.read()
        """;
    return new ProcessBuilder("/usr/bin/python3", "-S", "-c", script).start();
  }

  @Test
  void aForkHasItsParents() throws Exception {
    Process parent = forking();
    try {
      int child = Integer.parseInt(parent.inputReader().readLine());
      assertThat(ProgramImage.of(child)).isEqualTo(Optional.of(image(parent)));
    } finally {
      parent.getOutputStream().close();
      parent.waitFor();
    }
  }

  @Test
  void theSameProgramExecutedAgainHasAnother() throws Exception {
    Process first = new ProcessBuilder("/bin/cat").start();
    Process second = new ProcessBuilder("/bin/cat").start();
    try {
      // Each has executed its program once it answers.
      for (Process process : new Process[] {first, second}) {
        process.outputWriter().append("it\n").flush();
        assertThat(process.inputReader().readLine()).isEqualTo("it");
      }
      assertThat(image(first)).isNotEqualTo(image(second)).isEqualTo(image(first));
      assertThat(image(first).program()).isEqualTo(image(second).program());
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
    }
  }

  @Test
  void aProcessThatIsGoneHasNone() throws Exception {
    Process process = new ProcessBuilder("/bin/true").start();
    process.waitFor();
    assertThat(ProgramImage.of(Math.toIntExact(process.pid()))).isEmpty();
  }
}
