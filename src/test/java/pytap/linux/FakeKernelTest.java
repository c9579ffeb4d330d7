package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.source.TracerException;

/// Whatever call fails, everything opened before it is given back.
final class FakeKernelTest {
  private static final List<UprobeLinks.Place> PLACES =
      List.of(
          new UprobeLinks.Place(0x1000, 0, 1),
          new UprobeLinks.Place(0x2000, 0x9000, 2),
          new UprobeLinks.Place(0x3000, 0, 3));

  private static Program withSubprogram() {
    Assembler a = new Assembler("fake");
    Label sub = a.label("sub");
    a.call(sub);
    a.exit();
    a.function(sub);
    a.mov(Reg.R0, 0);
    a.exit();
    return a.finish();
  }

  /// All that a tracing session opens.
  private static void session(Kernel kernel, ProgramType type) throws TracerException {
    Features.probe(kernel);
    try (BpfMap events = BpfMap.create(kernel, MapSpec.ringBuffer("events", 1 << 14));
        BpfMap losses = BpfMap.create(kernel, MapSpec.array("losses", 8, 4));
        BpfProgram program = BpfProgram.load(kernel, type, withSubprogram(), events, losses);
        BpfProgram forks =
            BpfProgram.load(kernel, ProgramType.RAW_TRACEPOINT, withSubprogram(), events);
        RingBuffer ring = RingBuffer.open(kernel, events);
        ChildProcess child = ChildProcess.hold(kernel, "true");
        Pidfd pidfd = Pidfd.open(kernel, child.pid());
        OutputFile output = OutputFile.create(kernel, "out.txt");
        ExecutableMemory code = ExecutableMemory.create(kernel, "code", 4096);
        RawTracepoint _ = RawTracepoint.attach(kernel, forks, "sched_process_fork");
        UprobeLinks _ = UprobeLinks.attach(kernel, program, "/bin/python", PLACES)) {
      losses.mapValues();
      code.place(new byte[] {(byte) 0xc3});
      child.release();
      ring.drain((memory, offset, sizeBytes) -> {});
      output.write("text");
      output.flush();
      child.waitFor();
      pidfd.hasEnded();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void aSessionThatSucceedsGivesEverythingBack(ProgramType type) throws TracerException {
    FakeKernel kernel = new FakeKernel();
    session(kernel, type);
    assertThat(kernel.leftovers()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void whicheverCallFailsEverythingIsGivenBack(ProgramType type) {
    int failures = 0;
    for (int call = 1; ; call++) {
      FakeKernel kernel = FakeKernel.failing(call, Errno.ENOMEM);
      boolean threw = false;
      try {
        session(kernel, type);
      } catch (TracerException expected) {
        threw = true;
        failures++;
      }
      assertThat(kernel.leftovers()).as("after call %d failed: %s", call, last(kernel)).isEmpty();
      if (!kernel.hasFailed()) {
        assertThat(threw).isFalse();
        break;
      }
    }
    assertThat(failures).isGreaterThanOrEqualTo(20);
  }

  private static Object last(FakeKernel kernel) {
    return kernel.calls().isEmpty() ? "none" : kernel.calls().getLast();
  }

  @Test
  void aProgramIsLoadedOnceUnlessItIsRefused() throws TracerException {
    FakeKernel kernel = new FakeKernel();
    BpfProgram.load(kernel, ProgramType.SYSCALL, withSubprogram()).close();
    assertThat(kernel.calls().stream().filter(BpfCall.ProgramLoad.class::isInstance)).hasSize(1);
  }

  @Test
  void placesReachTheKernelAsTheyWere() throws TracerException {
    FakeKernel kernel = new FakeKernel();
    try (BpfProgram program = BpfProgram.load(kernel, ProgramType.UPROBE_MULTI, withSubprogram());
        UprobeLinks _ = UprobeLinks.attach(kernel, program, "/bin/python", PLACES)) {
      assertThat(kernel.calls().getLast())
          .isEqualTo(
              new BpfCall.LinkUprobeMulti(
                  program.fd(),
                  "/bin/python",
                  List.of(0x1000L, 0x2000L, 0x3000L),
                  List.of(0L, 0x9000L, 0L),
                  List.of(1L, 2L, 3L)));
    }
  }
}
