package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.ir.Probe;
import pytap.runtime.Limits;

/// Random programs give the same output and the same run-time errors as generated code and walked
/// over as trees. `-Dpytap.seed=N` runs the one program of that seed.
final class RandomProgramTest {
  private static final int PROGRAMS = 400;

  @Test
  void generatedHandlersDoWhatTheTreeInterpreterDoes() {
    Long wanted = Long.getLong("pytap.seed");
    long first = wanted == null ? 1 : wanted;
    long last = wanted == null ? PROGRAMS : wanted;
    int failures = 0;
    for (long seed = first; seed <= last; seed++) {
      failures += compare(seed);
    }
    // Errors are wanted, too, but most programs must get somewhere.
    assertThat(failures).isLessThan((int) (2 * (last - first + 1)));
  }

  private static int compare(long seed) {
    Script script = new Script();
    Limits defaults = Limits.DEFAULT;
    script.limits(new Limits(512, defaults.maxMapEntries(), 1 << 30, 1 << 30, 10, 0, false));
    RandomProgram random = new RandomProgram(seed, script);
    List<Probe> probes = List.of(random.probe(), random.probe(), random.probe());
    TreeInterpreter expected = new TreeInterpreter(script.program());
    List<String> errors = new ArrayList<>();
    for (Probe probe : probes) {
      script.run(probe);
      expected.run(probe).ifPresent(errors::add);
    }
    assertThat(script.output()).as("seed %d", seed).isEqualTo(expected.output.toString());
    assertThat(script.errors).as("seed %d", seed).isEqualTo(errors);
    return errors.size();
  }
}
