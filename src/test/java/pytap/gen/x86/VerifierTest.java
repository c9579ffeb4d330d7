package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Atomic;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Insn;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.source.FormatException;

final class VerifierTest {
  private static final int ARRAY = 0;
  private static final int HASH = 1;
  private static final int RING = 2;

  private static final Contract CONTRACT =
      new Contract(
          16,
          false,
          List.of(
              new Contract.MapShape.Array(64, 1),
              new Contract.MapShape.Hash(4, 16),
              new Contract.MapShape.Ring()));

  private static Program program(Consumer<Assembler> body) {
    Assembler code = new Assembler("test");
    body.accept(code);
    code.mov(Reg.R0, 0);
    code.exit();
    return code.finish();
  }

  private static void assertAccepted(Consumer<Assembler> body) throws FormatException {
    assertThat(Verifier.verify(program(body), CONTRACT).name()).isEqualTo("test");
  }

  private static void assertRefused(String why, Consumer<Assembler> body) {
    assertRefused(why, program(body));
  }

  private static void assertRefused(String why, Program program) {
    assertThatThrownBy(() -> Verifier.verify(program, CONTRACT))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(why);
  }

  private static void lookup(Assembler a) {
    a.store(Size.WORD, Reg.R10, -4, 1);
    a.loadMap(Reg.R1, HASH);
    a.mov(Reg.R2, Reg.R10);
    a.add(Reg.R2, -4);
    a.call(BpfFunction.MAP_LOOKUP_ELEM);
  }

  private static void reserve(Assembler a) {
    a.loadMap(Reg.R1, RING);
    a.mov(Reg.R2, 16);
    a.mov(Reg.R3, 0);
    a.call(BpfFunction.RINGBUF_RESERVE);
  }

  private static void submit(Assembler a) {
    a.mov(Reg.R1, Reg.R0);
    a.mov(Reg.R2, 0);
    a.call(BpfFunction.RINGBUF_SUBMIT);
  }

  @Test
  void jumpsStayInsideAndGoForward() {
    Label[] label = new Label[1];
    assertRefused(
        "a jump backward, to slot 0",
        a -> {
          label[0] = a.label("back");
          a.bind(label[0]);
          a.jumpIf(Jump.EQUAL, Reg.R1, 0, label[0]);
        });
    List<Insn> insns =
        List.of(new Insn(0x05, 0, 0, 5, 0), new Insn(0xb7, 0, 0, 0, 0), new Insn(0x95, 0, 0, 0, 0));
    assertRefused("a jump out of the function, to slot 6", of(insns));
    assertRefused("the function runs over its end", of(insns.subList(1, 2)));
    assertRefused(
        "a jump into the middle of an instruction",
        of(
            List.of(
                new Insn(0x15, 1, 0, 1, 0),
                new Insn(0x18, 2, 0, 0, 0),
                new Insn(0, 0, 0, 0, 0),
                new Insn(0xb7, 0, 0, 0, 0),
                new Insn(0x95, 0, 0, 0, 0))));
    assertRefused(
        "nothing reaches this instruction",
        of(
            List.of(
                new Insn(0xb7, 0, 0, 0, 0),
                new Insn(0x95, 0, 0, 0, 0),
                new Insn(0x95, 0, 0, 0, 0))));
    assertRefused("no instruction that pytap makes", of(List.of(new Insn(0xdc, 0, 0, 0, 16))));
    assertRefused("unknown function 9999", of(List.of(new Insn(0x85, 0, 0, 0, 9999))));
  }

  private static Program of(List<Insn> insns) {
    return new Program(insns, List.of(), List.of(new Program.Function("test", 0)));
  }

  @Test
  void registersAreSetBeforeTheyAreRead() {
    assertRefused("r3 is read and was not set", a -> a.mov(Reg.R2, Reg.R3));
    assertRefused("r10 is read-only", a -> a.mov(Reg.R10, 0));
    assertRefused(
        "r2 is read and was not set",
        a -> {
          a.mov(Reg.R2, 1);
          a.call(BpfFunction.KTIME_GET_NS);
          a.add(Reg.R2, 1);
        });
    assertRefused(
        "r5 is read and was not set",
        a -> {
          Label skip = a.label("skip");
          a.jumpIf(Jump.EQUAL, Reg.R1, 0, skip);
          a.mov(Reg.R5, 1);
          a.bind(skip);
          a.add(Reg.R5, 1);
        });
  }

  @Test
  void theStackHasConstantOffsetsWithin512Bytes() throws FormatException {
    assertAccepted(a -> a.store(Size.DOUBLE, Reg.R10, -512, 0));
    assertRefused("outside of the stack", a -> a.store(Size.DOUBLE, Reg.R10, -513, 0));
    assertRefused("outside of the stack", a -> a.store(Size.DOUBLE, Reg.R10, -4, 0));
    assertRefused("outside of the stack", a -> a.load(Size.BYTE, Reg.R2, Reg.R10, 0));
    assertRefused(
        "an offset that is not constant",
        a -> {
          a.load(Size.BYTE, Reg.R2, Reg.R1, 0);
          a.mov(Reg.R3, Reg.R10);
          a.add(Reg.R3, -300);
          a.add(Reg.R3, Reg.R2);
          a.store(Size.BYTE, Reg.R3, 0, 1);
        });
  }

  @Test
  void theContextHasItsSizeAndMayBeReadOnly() throws FormatException {
    assertAccepted(a -> a.load(Size.DOUBLE, Reg.R2, Reg.R1, 8));
    assertRefused("outside of the 16 bytes", a -> a.load(Size.DOUBLE, Reg.R2, Reg.R1, 9));
    assertRefused("outside of the 16 bytes", a -> a.load(Size.BYTE, Reg.R2, Reg.R1, -1));
    assertRefused("the context, which is read-only", a -> a.store(Size.BYTE, Reg.R1, 0, 1));
  }

  @Test
  void mapValuesAreTouchedWithinBounds() throws FormatException {
    Consumer<Assembler> start =
        a -> {
          a.load(Size.DOUBLE, Reg.R2, Reg.R1, 0);
          a.loadMapValue(Reg.R3, ARRAY, 0);
        };
    assertAccepted(
        start.andThen(a -> {
          a.and(Reg.R2, 7);
          a.shiftLeft(Reg.R2, 3);
          a.add(Reg.R3, Reg.R2);
          a.mov(Reg.R4, 1);
          a.atomic(Atomic.EXCHANGE, Size.DOUBLE, Reg.R3, 0, Reg.R4);
        }));
    assertRefused(
        "outside of the 64 bytes",
        start.andThen(a -> {
          a.and(Reg.R2, 63);
          a.add(Reg.R3, Reg.R2);
          a.store(Size.HALF, Reg.R3, 0, 1);
        }));
    assertRefused(
        "outside of the 64 bytes",
        start.andThen(a -> {
          a.add(Reg.R3, Reg.R2);
          a.store(Size.BYTE, Reg.R3, 0, 1);
        }));
    assertRefused(
        "outside of the 64 bytes",
        start.andThen(a -> a.add(Reg.R3, -1)).andThen(a -> a.store(Size.BYTE, Reg.R3, 0, 1)));
    assertRefused(
        "unaligned memory",
        start.andThen(a -> {
          a.and(Reg.R2, 31);
          a.add(Reg.R3, Reg.R2);
          a.atomicAdd(Size.DOUBLE, Reg.R3, 0, Reg.R2);
        }));
    assertRefused("map 7 does not exist", a -> a.loadMapValue(Reg.R3, 7, 0));
    assertRefused("map 1 is no array", a -> a.loadMapValue(Reg.R3, HASH, 0));
  }

  @Test
  void comparisonsBoundWhatTheyCompare() throws FormatException {
    for (Jump out : List.of(Jump.GREATER, Jump.GREATER_EQUAL)) {
      assertAccepted(a -> indexed(a, out, 63));
    }
    assertRefused("outside of the 64 bytes", a -> indexed(a, Jump.GREATER, 64));
    assertRefused("outside of the 64 bytes", a -> indexed(a, Jump.SIGNED_GREATER, 63));
    assertRefused("outside of the 64 bytes", a -> indexed(a, Jump.LESS, 63));
    assertRefused("outside of the 64 bytes", a -> indexed(a, Jump.ANY_BIT, 64));
  }

  private static void indexed(Assembler a, Jump out, int bound) {
    Label outside = a.label("outside");
    a.load(Size.DOUBLE, Reg.R2, Reg.R1, 0);
    a.loadMapValue(Reg.R3, ARRAY, 0);
    a.jumpIf(out, Reg.R2, bound, outside);
    a.add(Reg.R3, Reg.R2);
    a.store(Size.BYTE, Reg.R3, 0, 1);
    a.bind(outside);
  }

  @Test
  void whatIsNoPointerIsNotFollowed() {
    assertRefused(
        "what is no pointer",
        a -> {
          a.load(Size.DOUBLE, Reg.R2, Reg.R1, 0);
          a.load(Size.DOUBLE, Reg.R2, Reg.R2, 0);
        });
    assertRefused(
        "what is no pointer",
        a -> {
          a.alu(Alu.MUL, Reg.R1, 1);
          a.load(Size.DOUBLE, Reg.R2, Reg.R1, 0);
        });
    assertRefused(
        "what is no pointer",
        a -> {
          a.mov32(Reg.R1, Reg.R1);
          a.load(Size.DOUBLE, Reg.R2, Reg.R1, 0);
        });
    assertRefused(
        "what is no pointer",
        a -> {
          a.store(Size.DOUBLE, Reg.R10, -8, Reg.R10);
          a.store(Size.BYTE, Reg.R10, -5, 1);
          a.load(Size.DOUBLE, Reg.R2, Reg.R10, -8);
          a.store(Size.DOUBLE, Reg.R2, -8, 1);
        });
    assertRefused(
        "what is no pointer",
        a -> {
          Label other = a.label("other");
          a.load(Size.DOUBLE, Reg.R3, Reg.R1, 0);
          a.mov(Reg.R2, Reg.R10);
          a.jumpIf(Jump.EQUAL, Reg.R3, 0, other);
          a.mov(Reg.R2, Reg.R1);
          a.bind(other);
          a.load(Size.BYTE, Reg.R2, Reg.R2, -8);
        });
  }

  @Test
  void aLookupIsComparedWithZeroFirst() throws FormatException {
    assertAccepted(a -> {
      Label none = a.label("none");
      lookup(a);
      a.jumpIf(Jump.EQUAL, Reg.R0, 0, none);
      a.store(Size.DOUBLE, Reg.R0, 8, 1);
      a.bind(none);
    });
    assertRefused(
        "may be null",
        a -> {
          lookup(a);
          a.store(Size.DOUBLE, Reg.R0, 8, 1);
        });
    assertRefused(
        "outside of the 16 bytes",
        a -> {
          Label some = a.label("some");
          Label end = a.label("end");
          lookup(a);
          a.jumpIf(Jump.NOT_EQUAL, Reg.R0, 0, some);
          a.jump(end);
          a.bind(some);
          a.store(Size.DOUBLE, Reg.R0, 12, 1);
          a.bind(end);
        });
  }

  @Test
  void whatIsReservedIsSentOnce() throws FormatException {
    assertAccepted(a -> {
      Label none = a.label("none");
      reserve(a);
      a.jumpIf(Jump.EQUAL, Reg.R0, 0, none);
      a.store(Size.DOUBLE, Reg.R0, 8, 1);
      submit(a);
      a.bind(none);
    });
    assertRefused("reserved and not sent", a -> reserve(a));
    assertRefused(
        "on one way only",
        a -> {
          Label none = a.label("none");
          reserve(a);
          a.jumpIf(Jump.EQUAL, Reg.R0, 0, none);
          a.bind(none);
        });
    assertRefused(
        "what is no pointer",
        a -> {
          Label none = a.label("none");
          reserve(a);
          a.jumpIf(Jump.EQUAL, Reg.R0, 0, none);
          a.mov(Reg.R6, Reg.R0);
          submit(a);
          a.store(Size.DOUBLE, Reg.R6, 8, 1);
          a.bind(none);
        });
    assertRefused(
        "an argument of the wrong kind",
        a -> {
          a.mov(Reg.R0, Reg.R10);
          submit(a);
        });
  }

  @Test
  void functionsGetWhatTheyExpect() {
    assertRefused("send_signal is not offered", a -> a.call(BpfFunction.SEND_SIGNAL));
    assertRefused(
        "an argument of the wrong kind",
        a -> {
          a.loadMap(Reg.R1, RING);
          a.mov(Reg.R2, Reg.R10);
          a.call(BpfFunction.MAP_LOOKUP_ELEM);
        });
    assertRefused(
        "outside of the stack",
        a -> {
          a.loadMap(Reg.R1, HASH);
          a.mov(Reg.R2, Reg.R10);
          a.add(Reg.R2, -3);
          a.call(BpfFunction.MAP_LOOKUP_ELEM);
        });
    for (int size : new int[] {17, -1}) {
      assertRefused(
          size < 0 ? "a size without a bound" : "outside of the stack",
          a -> {
            a.mov(Reg.R3, Reg.R1);
            a.mov(Reg.R1, Reg.R10);
            a.add(Reg.R1, -16);
            a.mov(Reg.R2, size);
            a.call(BpfFunction.PROBE_READ_USER);
          });
    }
    assertRefused(
        "an argument of the wrong kind",
        a -> {
          a.mov(Reg.R1, Reg.R10);
          a.call(BpfFunction.GET_ATTACH_COOKIE);
        });
  }

  @Test
  void aLoopLosesWhatItsBodyChanges() {
    Assembler a = new Assembler("test");
    Label body = a.label("body");
    a.store(Size.DOUBLE, Reg.R10, -8, Reg.R10);
    a.mov(Reg.R1, 3);
    a.loadFunction(Reg.R2, body);
    a.mov(Reg.R3, Reg.R10);
    a.mov(Reg.R4, 0);
    a.call(BpfFunction.LOOP);
    a.load(Size.DOUBLE, Reg.R1, Reg.R10, -8);
    a.store(Size.DOUBLE, Reg.R1, -16, 0);
    a.mov(Reg.R0, 0);
    a.exit();
    a.function(body);
    a.store(Size.DOUBLE, Reg.R2, -8, Reg.R1);
    a.mov(Reg.R0, 0);
    a.exit();
    assertRefused("what is no pointer", a.finish());
  }

  @Test
  void aFunctionDoesNotLeaveItsStackBehindNorCallItself() {
    Assembler a = new Assembler("test");
    Label inner = a.label("inner");
    a.call(inner);
    a.store(Size.DOUBLE, Reg.R0, -8, 0);
    a.exit();
    a.function(inner);
    a.mov(Reg.R0, Reg.R10);
    a.exit();
    assertRefused("what is no pointer", a.finish());
    Assembler b = new Assembler("test");
    Label self = b.label("self");
    b.call(self);
    b.exit();
    b.function(self);
    b.call(self);
    b.exit();
    assertRefused("a call of itself", b.finish());
  }

  /// Programs with a random fault: most are refused; those that pass touch nothing foreign.
  /// `-Dpytap.seed=N` repeats a run.
  @Test
  void whatPassesTouchesNothingForeign() throws Exception {
    long seed = Long.getLong("pytap.seed", System.nanoTime());
    System.out.println("seed " + seed);
    int passed = 0;
    int runs = 0;
    try (ThreeWays ways = new ThreeWays()) {
      for (int i = 0; i < 20_000; i++) {
        Random random = new Random(seed + i);
        Program mutant = mutant(RandomBpf.of(seed + i, ways.readable()), random);
        try {
          Verifier.verify(mutant, ThreeWays.CONTRACT);
        } catch (FormatException refused) {
          continue;
        }
        passed++;
        for (int run = 0; run < 2; run++) {
          long[] input = random.longs(ThreeWays.CONTEXT_BYTES / 8).toArray();
          try {
            ways.interpreted(mutant, input);
            runs++;
          } catch (Interpreter.TooLong allWell) {
            runs++;
          } catch (Interpreter.Violation violation) {
            throw new AssertionError("seed " + (seed + i) + "\n" + mutant, violation);
          }
        }
      }
    }
    System.out.printf("%d of 20000 passed%n", passed);
    assertThat(runs).isEqualTo(2 * passed).isGreaterThan(2_000);
  }

  private static Program mutant(Program program, Random random) {
    List<Insn> insns = new ArrayList<>(program.insns());
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      int slot = random.nextInt(insns.size());
      Insn old = insns.get(slot);
      insns.set(
          slot,
          switch (random.nextInt(6)) {
            case 0 -> new Insn(old.code(), random.nextInt(11), old.src(), old.off(), old.imm());
            case 1 -> new Insn(old.code(), old.dst(), random.nextInt(11), old.off(), old.imm());
            case 2 ->
                new Insn(
                    old.code(),
                    old.dst(),
                    old.src(),
                    (short) (old.off() + random.nextInt(-70, 70)),
                    old.imm());
            case 3 ->
                new Insn(
                    old.code(),
                    old.dst(),
                    old.src(),
                    old.off(),
                    old.imm() + random.nextInt(-70, 70));
            case 4 ->
                new Insn(
                    old.code(),
                    old.dst(),
                    old.src(),
                    old.off(),
                    old.imm() ^ 1 << random.nextInt(32));
            default -> insns.get(random.nextInt(insns.size()));
          });
    }
    return new Program(insns, program.maps(), program.functions());
  }
}
