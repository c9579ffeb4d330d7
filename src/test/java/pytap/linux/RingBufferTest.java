package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
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

/// A ring buffer filled by programs in the running kernel.
final class RingBufferTest {
  private static final int NO_WAKEUP = 1;
  private static final int RING_BYTES = 1 << 16;

  private final Kernel kernel = new LinuxKernel();

  /// Sends as many records as word 0 of the context says. Record `i` holds, in 8-byte words, its
  /// number (word 1 of the context + `i`) and its complement. Returns how many were refused.
  private static Program sender() {
    Assembler a = new Assembler("sender");
    Label body = a.label("send_one");
    a.load(Size.DOUBLE, Reg.R2, Reg.R1, 8);
    a.store(Size.DOUBLE, Reg.R10, -8, Reg.R2);
    a.store(Size.DOUBLE, Reg.R10, -16, 0);
    a.load(Size.DOUBLE, Reg.R1, Reg.R1, 0);
    a.loadFunction(Reg.R2, body);
    a.mov(Reg.R3, Reg.R10);
    a.add(Reg.R3, -16);
    a.mov(Reg.R4, 0);
    a.call(BpfFunction.LOOP);
    a.load(Size.DOUBLE, Reg.R0, Reg.R10, -16);
    a.exit();
    a.function(body);
    a.mov(Reg.R6, Reg.R2);
    a.load(Size.DOUBLE, Reg.R3, Reg.R6, 8);
    a.add(Reg.R3, Reg.R1);
    a.store(Size.DOUBLE, Reg.R10, -16, Reg.R3);
    a.alu(Alu.XOR, Reg.R3, -1);
    a.store(Size.DOUBLE, Reg.R10, -8, Reg.R3);
    a.loadMap(Reg.R1, 0);
    a.mov(Reg.R2, Reg.R10);
    a.add(Reg.R2, -16);
    a.mov(Reg.R3, 16);
    a.mov(Reg.R4, NO_WAKEUP);
    a.call(BpfFunction.RINGBUF_OUTPUT);
    Label sent = a.label("sent");
    a.jumpIf(Jump.EQUAL, Reg.R0, 0, sent);
    a.load(Size.DOUBLE, Reg.R1, Reg.R6, 0);
    a.add(Reg.R1, 1);
    a.store(Size.DOUBLE, Reg.R6, 0, Reg.R1);
    a.bind(sent);
    a.mov(Reg.R0, 0);
    a.exit();
    return a.finish();
  }

  /// Reserves two records of 40 bytes, throws the first away and sends 7 in the second.
  private static Program discarder() {
    Assembler a = new Assembler("discarder");
    Label end = a.label("end");
    for (BpfFunction finish : List.of(BpfFunction.RINGBUF_DISCARD, BpfFunction.RINGBUF_SUBMIT)) {
      a.loadMap(Reg.R1, 0);
      a.mov(Reg.R2, 40);
      a.mov(Reg.R3, 0);
      a.call(BpfFunction.RINGBUF_RESERVE);
      a.jumpIf(Jump.EQUAL, Reg.R0, 0, end);
      a.store(Size.DOUBLE, Reg.R0, 0, 7);
      a.mov(Reg.R1, Reg.R0);
      a.mov(Reg.R2, NO_WAKEUP);
      a.call(finish);
    }
    a.bind(end);
    a.mov(Reg.R0, 0);
    a.exit();
    return a.finish();
  }

  private static int send(BpfProgram sender, long count, long firstNumber) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment context = arena.allocate(16, 8);
      context.setAtIndex(Native.LONG, 0, count);
      context.setAtIndex(Native.LONG, 1, firstNumber);
      return sender.run(context);
    }
  }

  @Test
  void recordsComeOnceInOrderAndWholeAroundTheEnd() throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.ringBuffer("events", RING_BYTES));
        BpfProgram sender = BpfProgram.load(kernel, ProgramType.SYSCALL, sender(), map);
        RingBuffer ring = RingBuffer.open(kernel, map)) {
      long[] next = {0};
      RecordHandler handler =
          (memory, offset, sizeBytes) -> {
            assertThat(sizeBytes).isEqualTo(16);
            long number = memory.get(Native.LONG, offset);
            assertThat(number).isEqualTo(next[0]);
            assertThat(memory.get(Native.LONG, offset + 8)).isEqualTo(~number);
            next[0]++;
          };
      assertThat(ring.drain(handler)).isZero();
      for (int round = 0; round < 100; round++) {
        assertThat(send(sender, 1999, next[0])).isZero();
        assertThat(ring.pendingBytes()).isEqualTo(1999 * 24);
        assertThat(ring.drain(handler)).isEqualTo(1999);
        assertThat(ring.pendingBytes()).isZero();
      }
      assertThat(next[0]).isEqualTo(199_900);
    }
  }

  @Test
  void aFullRingRefusesTheRestAndGoesOnAfterwards() throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.ringBuffer("events", RING_BYTES));
        BpfProgram sender = BpfProgram.load(kernel, ProgramType.SYSCALL, sender(), map);
        RingBuffer ring = RingBuffer.open(kernel, map)) {
      int fit = (RING_BYTES - 1) / 24;
      assertThat(send(sender, 5000, 0)).isEqualTo(5000 - fit);
      assertThat(ring.drain((memory, offset, sizeBytes) -> {})).isEqualTo(fit);
      assertThat(send(sender, 10, 77)).isZero();
      List<Long> numbers = new ArrayList<>();
      ring.drain((memory, offset, sizeBytes) -> numbers.add(memory.get(Native.LONG, offset)));
      assertThat(numbers).containsExactly(77L, 78L, 79L, 80L, 81L, 82L, 83L, 84L, 85L, 86L);
    }
  }

  @Test
  void discardedRecordsAreSkipped() throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.ringBuffer("events", RING_BYTES));
        BpfProgram program = BpfProgram.load(kernel, ProgramType.SYSCALL, discarder(), map);
        RingBuffer ring = RingBuffer.open(kernel, map);
        Arena arena = Arena.ofConfined()) {
      program.run(arena.allocate(8, 8));
      assertThat(ring.pendingBytes()).isEqualTo(96);
      List<Integer> sizes = new ArrayList<>();
      assertThat(ring.drain((memory, offset, sizeBytes) -> sizes.add(sizeBytes))).isEqualTo(1);
      assertThat(sizes).containsExactly(40);
      assertThat(ring.pendingBytes()).isZero();
    }
  }

  @Test
  void nothingIsLostWhileAProcessWritesAndWeRead() throws TracerException {
    Assembler a = new Assembler("report");
    Label end = a.label("end");
    a.call(BpfFunction.GET_CURRENT_PID_TGID);
    a.shiftRight(Reg.R0, 32);
    a.loadMapValue(Reg.R7, 1, 0);
    a.load(Size.DOUBLE, Reg.R1, Reg.R7, 0);
    a.jumpIf(Jump.NOT_EQUAL, Reg.R0, Reg.R1, end);
    a.mov(Reg.R1, 1);
    a.atomic(Atomic.FETCH_ADD, Size.DOUBLE, Reg.R7, 8, Reg.R1);
    a.store(Size.DOUBLE, Reg.R10, -8, Reg.R1);
    a.loadMap(Reg.R1, 0);
    a.mov(Reg.R2, Reg.R10);
    a.add(Reg.R2, -8);
    a.mov(Reg.R3, 8);
    a.mov(Reg.R4, NO_WAKEUP);
    a.call(BpfFunction.RINGBUF_OUTPUT);
    a.bind(end);
    a.mov(Reg.R0, 0);
    a.exit();
    ProgramType type = Features.probe(kernel).uprobeType();
    String script = "def f(): pass\nfor _ in range(200_000): f()";
    try (BpfMap events = BpfMap.create(kernel, MapSpec.ringBuffer("events", 1 << 22));
        BpfMap state = BpfMap.create(kernel, MapSpec.array("state", 16, 1));
        BpfProgram program = BpfProgram.load(kernel, type, a.finish(), events, state);
        RingBuffer ring = RingBuffer.open(kernel, events);
        ChildProcess child =
            ChildProcess.holdProgram(kernel, List.of(Python.PATH, "-I", "-c", script))) {
      state.mapValues().set(Native.LONG, 0, child.pid());
      long[] got = {0};
      RecordHandler handler =
          (memory, offset, sizeBytes) -> {
            assertThat(memory.get(Native.LONG, offset)).isEqualTo(got[0]);
            got[0]++;
          };
      try (UprobeLinks _ =
          UprobeLinks.attach(
              kernel, program, Python.PATH, List.of(Python.marker("function__return", 0)))) {
        child.release();
        while (child.poll().isEmpty()) {
          ring.drain(handler);
        }
      }
      ring.drain(handler);
      assertThat(got[0]).isGreaterThan(200_000);
      assertThat(state.mapValues().get(Native.LONG, 8)).isEqualTo(got[0]);
    }
  }
}
