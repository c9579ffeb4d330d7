package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Atomic;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.linux.BpfProgram;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The same programs in the kernel, as our machine code and interpreted: R0, context, stack and map
/// values must be equal.
final class DifferentialTest {
  private static final long USUAL_SEED = 20_261_120;

  private static final int PROGRAMS = 10_000;

  /// `-Dpytap.seed=N` runs other programs, `-Dpytap.programs=N` more of them. The usual ones are
  /// always the same: the kernel's verifier has faults of its own, and a build must not fail for
  /// one that a chance program meets first.
  @Test
  void randomProgramsMeanTheSameInKernelCodeAndInterpreter() throws Exception {
    long seed = Long.getLong("pytap.seed", USUAL_SEED);
    int programs = Integer.getInteger("pytap.programs", PROGRAMS);
    System.out.println("seed " + seed);
    long start = System.nanoTime();
    try (ThreeWays ways = new ThreeWays()) {
      for (int i = 0; i < programs; i++) {
        compare(ways, RandomBpf.of(seed + i, ways.readable()), seed + i);
      }
      System.out.printf(
          "%d programs, %d bytes of code each, %d ms%n",
          programs, ways.codeBytes() / programs, (System.nanoTime() - start) / 1_000_000);
    }
  }

  /// Registers matter to the machine: it divides in two of them and shifts by a third.
  @Test
  void everyOperationOnEveryPairOfRegistersIsWhatTheInterpreterSays() throws Exception {
    List<Reg> registers =
        List.of(Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5, Reg.R7, Reg.R8, Reg.R9);
    try (ThreeWays ways = new ThreeWays()) {
      for (Reg dst : registers) {
        for (Reg src : registers) {
          Assembler a = new Assembler("pair");
          a.mov(Reg.R6, Reg.R1);
          for (Alu op : Alu.values()) {
            for (int at = 0; at < 64; at += 16) {
              step(a, registers, at, () -> a.alu(op, dst, src));
              step(a, registers, at, () -> a.alu32(op, dst, src));
            }
          }
          for (Atomic op : Atomic.values()) {
            for (Size size : new Size[] {Size.WORD, Size.DOUBLE}) {
              if (dst != src && (op != Atomic.COMPARE_EXCHANGE || dst != Reg.R0)) {
                step(a, registers, 16, () -> atomic(a, op, size, dst, src));
              }
            }
          }
          a.mov(Reg.R0, 0);
          a.exit();
          Program program = a.finish();
          long entry = ways.compile(program);
          for (long[] input : EDGES) {
            assertThat(ways.asCode(entry, input))
                .as("%s %s", dst, src)
                .isEqualTo(ways.interpreted(program, input));
          }
        }
      }
    }
  }

  private static final long[][] EDGES = {
    {5, 3, 0, 7, -1, 0, 1L << 63, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    {-1, 32, 1L << 32, 1L << 32, -7, 2, 0x8000_0000L, 0xffff_ffffL, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {
      0x1234_5678_9abc_def0L,
      63,
      64,
      31,
      0xffff_ffff_0000_0005L,
      1L << 33,
      100,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0
    }
  };

  /// Loads all registers from the context at `at`, and mixes what they hold after `step` into it.
  private static void step(Assembler a, List<Reg> registers, int at, Runnable step) {
    for (int i = 0; i < registers.size(); i++) {
      a.load(Size.DOUBLE, registers.get(i), Reg.R6, at + 8 * (i % 2));
    }
    step.run();
    for (int i = 0; i < registers.size(); i++) {
      a.store(Size.DOUBLE, Reg.R10, -8 * (i + 1), registers.get(i));
    }
    for (int i = 0; i < registers.size(); i++) {
      a.load(Size.DOUBLE, Reg.R0, Reg.R6, 64 + 8 * i);
      a.alu(Alu.MUL, Reg.R0, 31);
      a.load(Size.DOUBLE, Reg.R1, Reg.R10, -8 * (i + 1));
      a.alu(Alu.XOR, Reg.R0, Reg.R1);
      a.store(Size.DOUBLE, Reg.R6, 64 + 8 * i, Reg.R0);
    }
  }

  private static void atomic(Assembler a, Atomic op, Size size, Reg base, Reg src) {
    a.loadMapValue(base, 0, 8);
    a.atomic(op, size, base, 8, src);
    a.load(Size.DOUBLE, base, base, 8);
  }

  private static void compare(ThreeWays ways, Program program, long seed)
      throws FormatException, TracerException {
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
