package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.source.TracerException;

/// What the running kernel lets a process do that lacks capabilities.
final class PrivilegesTest {
  @TempDir Path directory;

  private String messageWithout(String capabilities) throws Exception {
    Path out = directory.resolve("message");
    List<String> wrapper = List.of("setpriv", "--bounding-set=" + capabilities);
    assertThat(OtherJvm.run(wrapper, Probing.class, out.toString()))
        .isEqualTo(new ExitStatus.Exited(0));
    return Files.readString(out);
  }

  @Test
  void withoutAnyTheMissingOnesAreNamed() throws Exception {
    assertThat(messageWithout("-bpf,-perfmon,-sys_admin"))
        .isEqualTo(
            "NO_PERMISSION trace with eBPF: this process lacks CAP_BPF and CAP_PERFMON (run pytap"
                + " as root)");
  }

  @Test
  void withOneTheOtherIsNamed() throws Exception {
    assertThat(messageWithout("-perfmon,-sys_admin"))
        .isEqualTo(
            "NO_PERMISSION trace with eBPF: this process lacks CAP_PERFMON (run pytap as root)");
  }

  @Test
  void twoCapabilitiesAreEnough() throws Exception {
    assertThat(messageWithout("-all,+bpf,+perfmon,+dac_override")).isEqualTo("attached");
  }

  /// Probes the features and attaches to python; writes what came of it into a file.
  static final class Probing {
    private Probing() {}

    public static void main(String[] arguments) throws IOException {
      Files.writeString(Path.of(arguments[0]), outcome());
    }

    private static String outcome() {
      Kernel kernel = new LinuxKernel();
      try {
        ProgramType type = Features.probe(kernel).uprobeType();
        UprobeLinks.Place place =
            new UprobeLinks.Place(Python.functionOffset("PyThread_get_stacksize"), 0, 0);
        try (BpfMap map = BpfMap.create(kernel, MapSpec.array("counts", 32, 1));
            BpfProgram program = BpfProgram.load(kernel, type, UprobeTest.countByCookie(), map);
            UprobeLinks _ = UprobeLinks.attach(kernel, program, Python.PATH, List.of(place))) {
          return "attached";
        }
      } catch (TracerException refusal) {
        return refusal.kind() + " " + refusal.getMessage();
      }
    }
  }
}
