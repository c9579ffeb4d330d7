package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.source.TracerException;

/// Uprobes on a real interpreter, by both ways of attaching. Other processes may run the same
/// interpreter meanwhile, so the programs look at one process only: the first word of map 0 is its
/// pid, known because a child is held before it runs.
final class UprobeTest {
  private static final int R12_IN_PT_REGS = 24;

  private final Kernel kernel = new LinuxKernel();

  @TempDir Path directory;

  /// Jumps to `other` unless the current process is the one in word 0 of map 0.
  private static void onlyOurs(Assembler a, Label other) {
    a.call(BpfFunction.GET_CURRENT_PID_TGID);
    a.shiftRight(Reg.R0, 32);
    a.loadMapValue(Reg.R7, 0, 0);
    a.load(Size.DOUBLE, Reg.R1, Reg.R7, 0);
    a.jumpIf(Jump.NOT_EQUAL, Reg.R0, Reg.R1, other);
  }

  /// Counts hits in word 1 + cookie of map 0.
  static Program countByCookie() {
    Assembler a = new Assembler("count");
    Label end = a.label("end");
    a.mov(Reg.R6, Reg.R1);
    onlyOurs(a, end);
    a.mov(Reg.R1, Reg.R6);
    a.call(BpfFunction.GET_ATTACH_COOKIE);
    a.jumpIf(Jump.GREATER, Reg.R0, 2, end);
    a.shiftLeft(Reg.R0, 3);
    a.add(Reg.R7, Reg.R0);
    a.mov(Reg.R1, 1);
    a.atomicAdd(Size.DOUBLE, Reg.R7, 8, Reg.R1);
    a.bind(end);
    a.mov(Reg.R0, 0);
    a.exit();
    return a.finish();
  }

  /// Counts in word 1 of map 0 the hits where R12 points to the text "f".
  private static Program countFunctionsCalledF() {
    Assembler a = new Assembler("count_f");
    Label end = a.label("end");
    a.mov(Reg.R6, Reg.R1);
    onlyOurs(a, end);
    a.mov(Reg.R1, Reg.R10);
    a.add(Reg.R1, -8);
    a.mov(Reg.R2, 8);
    a.load(Size.DOUBLE, Reg.R3, Reg.R6, R12_IN_PT_REGS);
    a.call(BpfFunction.PROBE_READ_USER_STR);
    a.jumpIf(Jump.NOT_EQUAL, Reg.R0, 2, end);
    a.load(Size.BYTE, Reg.R1, Reg.R10, -8);
    a.jumpIf(Jump.NOT_EQUAL, Reg.R1, 'f', end);
    a.mov(Reg.R1, 1);
    a.atomicAdd(Size.DOUBLE, Reg.R7, 8, Reg.R1);
    a.bind(end);
    a.mov(Reg.R0, 0);
    a.exit();
    return a.finish();
  }

  private List<Long> trace(
      ProgramType type, Program program, List<UprobeLinks.Place> places, String script)
      throws TracerException {
    return trace(type, program, Python.PATH, places, List.of(Python.PATH, "-I", "-c", script));
  }

  private List<Long> trace(
      ProgramType type,
      Program program,
      String path,
      List<UprobeLinks.Place> places,
      List<String> command)
      throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.array("counts", 32, 1));
        BpfProgram loaded = BpfProgram.load(kernel, type, program, map);
        ChildProcess child = ChildProcess.holdProgram(kernel, command)) {
      MemorySegment words = map.mapValues();
      words.set(Native.LONG, 0, child.pid());
      try (UprobeLinks _ = UprobeLinks.attach(kernel, loaded, path, places)) {
        child.release();
        assertThat(child.waitFor()).isEqualTo(new ExitStatus.Exited(0));
      }
      return List.of(
          words.getAtIndex(Native.LONG, 1),
          words.getAtIndex(Native.LONG, 2),
          words.getAtIndex(Native.LONG, 3));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void everyCallIsCountedUnderItsCookie(ProgramType type) throws TracerException {
    List<UprobeLinks.Place> places =
        List.of(
            new UprobeLinks.Place(Python.functionOffset("PyThread_get_stacksize"), 0, 2),
            new UprobeLinks.Place(Python.functionOffset("PyEval_ThreadsInitialized"), 0, 1));
    String script =
        """
        import ctypes
        size = ctypes.pythonapi.PyThread_get_stacksize
        for _ in range(1000):
            size()
        for _ in range(234):
            ctypes.pythonapi.PyEval_ThreadsInitialized()
        """;
    assertThat(trace(type, countByCookie(), places, script)).containsExactly(0L, 234L, 1000L);
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void aMarkerFiresBecauseItsSemaphoreIsRaised(ProgramType type) throws TracerException {
    List<UprobeLinks.Place> places = List.of(Python.marker("function__return", 0));
    String script = "def f(): pass\nfor _ in range(2000): f()";
    assertThat(trace(type, countFunctionsCalledF(), places, script)).containsExactly(2000L, 0L, 0L);
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void withoutItsSemaphoreAMarkerNeverFires(ProgramType type) throws Exception {
    UprobeLinks.Place marker = Python.marker("function__return", 0);
    List<UprobeLinks.Place> places = List.of(new UprobeLinks.Place(marker.offset(), 0, 0));
    // A file of our own: the kernel refuses a place that another tracer holds with its semaphore.
    String copy = Files.copy(Path.of(Python.PATH), directory.resolve("python3")).toString();
    List<String> command =
        List.of("env", "PYTHONHOME=/usr", copy, "-S", "-c", "def f(): pass\nfor _ in '12': f()");
    assertThat(trace(type, countFunctionsCalledF(), copy, places, command))
        .containsExactly(0L, 0L, 0L);
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void aPlaceHeldWithoutItsSemaphoreIsExplained(ProgramType type) throws Exception {
    UprobeLinks.Place marker = Python.marker("function__return", 0);
    List<UprobeLinks.Place> without = List.of(new UprobeLinks.Place(marker.offset(), 0, 0));
    String copy = Files.copy(Path.of(Python.PATH), directory.resolve("python3")).toString();
    try (BpfMap map = BpfMap.create(kernel, MapSpec.array("counts", 32, 1));
        BpfProgram loaded = BpfProgram.load(kernel, type, countByCookie(), map);
        UprobeLinks _ = UprobeLinks.attach(kernel, loaded, copy, without)) {
      assertThatThrownBy(() -> UprobeLinks.attach(kernel, loaded, copy, List.of(marker)))
          .isInstanceOf(TracerException.class)
          .hasMessage(
              "attach to 1 place of "
                  + copy
                  + ": the kernel answered EINVAL (invalid argument) (another tracer may hold a"
                  + " probe there without its semaphore; end it and try again)");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void closingLeavesNoDescriptorBehind(ProgramType type) throws Exception {
    trace(type, countFunctionsCalledF(), List.of(Python.marker("function__return", 0)), "pass");
    assertThat(bpfDescriptors()).isEmpty();
  }

  /// What this process has open of BPF and perf.
  private static List<String> bpfDescriptors() throws Exception {
    List<String> found = new ArrayList<>();
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      for (Path entry : entries.toList()) {
        String target = Files.exists(entry) ? Files.readSymbolicLink(entry).toString() : "";
        if (target.contains("bpf") || target.contains("perf_event")) {
          found.add(target);
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource(names = {"UPROBE_MULTI", "UPROBE_PERF"})
  void aMissingFileIsNamed(ProgramType type) throws TracerException {
    try (BpfMap map = BpfMap.create(kernel, MapSpec.array("counts", 32, 1));
        BpfProgram loaded = BpfProgram.load(kernel, type, countByCookie(), map)) {
      List<UprobeLinks.Place> places = List.of(new UprobeLinks.Place(64, 0, 0));
      assertThatThrownBy(() -> UprobeLinks.attach(kernel, loaded, "/no/such/file", places))
          .isInstanceOf(TracerException.class)
          .hasMessage("attach to 1 place of /no/such/file: there is no such file");
    }
  }

  @Test
  void thisKernelAttachesToManyPlacesAtOnce() throws TracerException {
    Features features = Features.probe(kernel);
    assertThat(features.version().isBefore(Features.OLDEST)).isFalse();
    assertThat(features.uprobeMulti())
        .isEqualTo(!features.version().isBefore(new KernelVersion(6, 6)));
  }
}
