package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import pytap.asm.bpf.Program;
import pytap.linux.BpfProgram;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The same programs in the kernel, as our machine code and interpreted: R0, context, stack and
/// map values must be equal.
final class DifferentialTest {
  private static final int PROGRAMS = 10_000;

  private ThreeWays ways;

  @BeforeEach
  void open() throws TracerException {
    ways = new ThreeWays();
  }

  @AfterEach
  void close() {
    ways.close();
  }

  /// `-Dpytap.seed=N` repeats a run, `-Dpytap.programs=N` makes it longer.
  @Test
  void randomProgramsMeanTheSameInKernelCodeAndInterpreter() throws Exception {
    long seed = Long.getLong("pytap.seed", System.nanoTime());
    int programs = Integer.getInteger("pytap.programs", PROGRAMS);
    System.out.println("seed " + seed);
    long start = System.nanoTime();
    for (int i = 0; i < programs; i++) {
      compare(RandomBpf.of(seed + i, ways.readable()), seed + i);
    }
    System.out.printf(
        "%d programs, %d bytes of code each, %d ms%n",
        programs, ways.codeBytes() / programs, (System.nanoTime() - start) / 1_000_000);
  }

  void compare(Program program, long seed) throws FormatException, TracerException {
    long entry = ways.compile(program);
    Random random = new Random(seed);
    try (BpfProgram loaded = ways.load(program)) {
      for (int run = 0; run < 2; run++) {
        long[] input = random.longs(ThreeWays.CONTEXT_BYTES / 8).toArray();
        ThreeWays.Outcome expected = ways.interpreted(program, input);
        assertThat(ways.asCode(entry, input))
            .as("code, seed %s, run %s%n%s", seed, run, program)
            .isEqualTo(expected);
        assertThat(ways.inKernel(loaded, input))
            .as("kernel, seed %s, run %s%n%s", seed, run, program)
            .isEqualTo(expected);
      }
    }
  }
}
