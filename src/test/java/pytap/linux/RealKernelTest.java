package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Atomic;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.source.TracerException;

/// Maps and programs in the running kernel. Programs run on demand, so these tests also show that
/// the kernel understands the assembler's bytes as we do.
final class RealKernelTest {
  private final Kernel kernel = new LinuxKernel();

  /// Runs `program` on `in`, and returns its result.
  private int run(Program program, long[] inOut, BpfMap... maps) throws TracerException {
    try (Arena arena = Arena.ofConfined();
        BpfProgram loaded = BpfProgram.load(kernel, ProgramType.SYSCALL, program, maps)) {
      MemorySegment context = arena.allocate(8L * inOut.length, 8);
      for (int i = 0; i < inOut.length; i++) {
        context.setAtIndex(Native.LONG, i, inOut[i]);
      }
      int result = loaded.run(context);
      for (int i = 0; i < inOut.length; i++) {
        inOut[i] = context.getAtIndex(Native.LONG, i);
      }
      return result;
    }
  }

  @Test
  void arithmeticIsWhatTheNamesSay() throws TracerException {
    Assembler a = new Assembler("arithmetic");
    a.load(Size.DOUBLE, Reg.R2, Reg.R1, 0);
    a.mov(Reg.R3, Reg.R2);
    a.shiftRightSigned(Reg.R3, 4);
    a.store(Size.DOUBLE, Reg.R1, 8, Reg.R3);
    a.mov(Reg.R3, Reg.R2);
    a.shiftRight(Reg.R3, 4);
    a.store(Size.DOUBLE, Reg.R1, 16, Reg.R3);
    a.mov32(Reg.R3, Reg.R2);
    a.store(Size.DOUBLE, Reg.R1, 24, Reg.R3);
    a.movLong(Reg.R4, 0x123456789abcdef0L);
    a.alu(Alu.XOR, Reg.R4, Reg.R2);
    a.store(Size.DOUBLE, Reg.R1, 32, Reg.R4);
    a.negate(Reg.R2);
    a.alu(Alu.MOD, Reg.R2, 7);
    a.store(Size.DOUBLE, Reg.R1, 40, Reg.R2);
    a.store(Size.WORD, Reg.R1, 48, -2);
    a.mov(Reg.R0, 77);
    a.exit();
    long[] words = {-1000, 0, 0, 0, 0, 0, 0};
    assertThat(run(a.finish(), words)).isEqualTo(77);
    assertThat(words)
        .containsExactly(
            -1000,
            -1000 >> 4,
            -1000L >>> 4,
            -1000 & 0xffffffffL,
            0x123456789abcdef0L ^ -1000,
            1000 % 7,
            0xfffffffeL);
  }

  @Test
  void jumpsCompareSignedAndUnsignedAndHalves() throws TracerException {
    Assembler a = new Assembler("jumps");
    a.load(Size.DOUBLE, Reg.R2, Reg.R1, 0);
    a.mov(Reg.R0, 0);
    int bit = 1;
    Jump[] conditions = {
      Jump.SIGNED_LESS, Jump.LESS, Jump.SIGNED_GREATER_EQUAL, Jump.GREATER, Jump.ANY_BIT
    };
    for (Jump condition : conditions) {
      Label holds = a.label("holds");
      Label next = a.label("next");
      a.jumpIf(condition, Reg.R2, 4, holds);
      a.jump(next);
      a.bind(holds);
      a.add(Reg.R0, bit);
      a.bind(next);
      bit <<= 1;
    }
    Label notFour = a.label("not four");
    a.jumpIf32(Jump.NOT_EQUAL, Reg.R2, 4, notFour);
    a.add(Reg.R0, bit);
    a.bind(notFour);
    a.exit();
    Program program = a.finish();
    assertThat(run(program, new long[] {-1})).isEqualTo(0b011001);
    assertThat(run(program, new long[] {3})).isEqualTo(0b000011);
    assertThat(run(program, new long[] {(1L << 40) + 4})).isEqualTo(0b111100);
  }

  @Test
  void atomicsReturnWhatWasThere() throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.array("cells", 24, 1))) {
      MemorySegment cells = map.mapValues();
      cells.set(Native.LONG, 0, 40);
      cells.set(Native.LONG, 8, 5);
      cells.set(Native.LONG, 16, 6);
      Assembler a = new Assembler("atomics");
      a.mov(Reg.R6, Reg.R1);
      a.loadMapValue(Reg.R7, 0, 0);
      a.mov(Reg.R1, 2);
      a.atomic(Atomic.FETCH_ADD, Size.DOUBLE, Reg.R7, 0, Reg.R1);
      a.store(Size.DOUBLE, Reg.R6, 0, Reg.R1);
      a.mov(Reg.R1, 9);
      a.atomic(Atomic.EXCHANGE, Size.DOUBLE, Reg.R7, 8, Reg.R1);
      a.store(Size.DOUBLE, Reg.R6, 8, Reg.R1);
      a.mov(Reg.R0, 6);
      a.mov(Reg.R1, 11);
      a.atomic(Atomic.COMPARE_EXCHANGE, Size.DOUBLE, Reg.R7, 16, Reg.R1);
      a.store(Size.DOUBLE, Reg.R6, 16, Reg.R0);
      a.mov(Reg.R1, 1);
      a.atomicAdd(Size.DOUBLE, Reg.R7, 0, Reg.R1);
      a.mov(Reg.R0, 0);
      a.exit();
      long[] before = new long[3];
      run(a.finish(), before, map);
      assertThat(before).containsExactly(40, 5, 6);
      assertThat(cells.get(Native.LONG, 0)).isEqualTo(43);
      assertThat(cells.get(Native.LONG, 8)).isEqualTo(9);
      assertThat(cells.get(Native.LONG, 16)).isEqualTo(11);
    }
  }

  @Test
  void aLoopCallsItsCallbackAndSubprogramsCanBeCalled() throws TracerException {
    Assembler a = new Assembler("loops");
    Label body = a.label("body");
    Label twice = a.label("twice");
    a.mov(Reg.R6, Reg.R1);
    a.store(Size.DOUBLE, Reg.R10, -8, 0);
    a.mov(Reg.R1, 100);
    a.loadFunction(Reg.R2, body);
    a.mov(Reg.R3, Reg.R10);
    a.add(Reg.R3, -8);
    a.mov(Reg.R4, 0);
    a.call(BpfFunction.LOOP);
    a.load(Size.DOUBLE, Reg.R1, Reg.R10, -8);
    a.call(twice);
    a.store(Size.DOUBLE, Reg.R6, 0, Reg.R0);
    a.mov(Reg.R0, 0);
    a.exit();
    a.function(body);
    a.load(Size.DOUBLE, Reg.R3, Reg.R2, 0);
    a.add(Reg.R3, Reg.R1);
    a.store(Size.DOUBLE, Reg.R2, 0, Reg.R3);
    a.mov(Reg.R0, 0);
    a.exit();
    a.function(twice);
    a.mov(Reg.R0, Reg.R1);
    a.add(Reg.R0, Reg.R1);
    a.exit();
    long[] sum = {0};
    run(a.finish(), sum);
    assertThat(sum[0]).isEqualTo(2 * 4950);
  }

  @Test
  void aRefusedProgramIsABugWithTheVerifiersLog() {
    Assembler a = new Assembler("wild_load");
    a.mov(Reg.R1, 0);
    a.load(Size.DOUBLE, Reg.R0, Reg.R1, 0);
    a.exit();
    Program program = a.finish();
    TracerException refusal =
        catchThrowableOfType(
            TracerException.class, () -> BpfProgram.load(kernel, ProgramType.UPROBE_PERF, program));
    assertThat(refusal.kind()).isEqualTo(TracerException.Kind.KERNEL_REFUSED);
    assertThat(refusal)
        .hasMessage(
            "load the BPF program wild_load: the kernel's verifier refused it with EACCES"
                + " (permission denied) (this is a bug in pytap; please report it with the"
                + " verifier's log)");
    assertThat(refusal.getCause())
        .isInstanceOfSatisfying(
            VerifierLog.class,
            log -> {
              assertThat(log.program()).isEqualTo("wild_load");
              assertThat(log.text())
                  .contains("R1 invalid mem access 'scalar'")
                  .endsWith(
                      """
                         0: r1 = 0
                         1: r0 = *(u64 *)(r1 + 0)
                         2: exit
                      """);
            });
  }

  @Test
  void aHashMapKeepsWhatItIsGiven() throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.hash("words", 4, 8, 100));
        Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(4, 8);
      MemorySegment value = arena.allocate(8, 8);
      for (int i = 0; i < 10; i++) {
        key.set(Native.INT, 0, i);
        value.set(Native.LONG, 0, i * 100L);
        map.update(key, value);
      }
      key.set(Native.INT, 0, 7);
      assertThat(map.lookup(key, value)).isTrue();
      assertThat(value.get(Native.LONG, 0)).isEqualTo(700);
      assertThat(map.delete(key)).isTrue();
      assertThat(map.delete(key)).isFalse();
      assertThat(map.lookup(key, value)).isFalse();
      assertThat(keySum(map, arena)).isEqualTo(45 - 7);

      MemorySegment keys = arena.allocate(4 * 64, 8);
      MemorySegment values = arena.allocate(8 * 64, 8);
      MemorySegment next = arena.allocate(8, 8);
      MemorySegment count = arena.allocate(4, 4);
      boolean more = map.readBatch(true, MemorySegment.NULL, next, keys, values, count);
      assertThat(more).isFalse();
      assertThat(count.get(Native.INT, 0)).isEqualTo(9);
      for (int i = 0; i < 9; i++) {
        assertThat(values.getAtIndex(Native.LONG, i))
            .isEqualTo(100L * keys.getAtIndex(Native.INT, i));
      }
      assertThat(keySum(map, arena)).isZero();
    }
  }

  private static int keySum(BpfMap map, Arena arena) throws TracerException {
    MemorySegment key = arena.allocate(4, 8);
    MemorySegment next = arena.allocate(4, 8);
    int sum = 0;
    boolean more = map.nextKey(MemorySegment.NULL, next);
    while (more) {
      sum += next.get(Native.INT, 0);
      key.copyFrom(next);
      more = map.nextKey(key, next);
    }
    return sum;
  }

  @Test
  void anArrayIsSharedMemory() throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.array("shared", 8, 600))) {
      map.set(599, 42);
      assertThat(map.mapValues().getAtIndex(Native.LONG, 599)).isEqualTo(42);
      map.mapValues().setAtIndex(Native.LONG, 3, -1);
      assertThat(map.get(3)).isEqualTo(-1);
    }
  }

  @Test
  void aPerProcessorValueHasRoomForEveryProcessor() throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.perCpuArray("percpu", 12, 1))) {
      assertThat(map.valueBytes()).isEqualTo(16 * Processors.possible());
    }
  }

  @Test
  void anImpossibleMapIsRefusedInWords() {
    assertThatThrownBy(() -> BpfMap.create(kernel, MapSpec.ringBuffer("odd", 5000)))
        .isInstanceOf(TracerException.class)
        .hasMessage("create the BPF map odd: the kernel answered EINVAL (invalid argument)");
  }

  @Test
  void aClosedMapRefusesAccessToItsMemory() throws TracerException {
    BpfMap map = BpfMap.create(kernel, MapSpec.array("gone", 8, 1));
    MemorySegment values = map.mapValues();
    map.close();
    assertThatThrownBy(() -> values.get(Native.LONG, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Already closed");
  }
}
