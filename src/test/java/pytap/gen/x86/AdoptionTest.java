package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.asm.x86.MachineCode;
import pytap.gen.InProcessImage;
import pytap.gen.KernelImage;
import pytap.gen.RegionLayout;
import pytap.gen.SharedHeader;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.linux.SharedRing;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;

/// A process that forks: its children's hits are told from the first on, without a tool's help.
final class AdoptionTest {
  private static final long TEXT = 0x10_0000_0000L;
  private static final int RING_BYTES = 1 << 16;
  private static final int FOLLOW = 1;

  /// Maps everything at its place, and calls the function in itself and in forked children.
  private static final String PROGRAM =
      """
      import ctypes, os, struct, sys
      text, base, control, shared, ring, ring_bytes, follow = map(int, sys.argv[1:8])
      folder = sys.argv[8]
      c = ctypes.CDLL(None, use_errno=True)
      c.mmap.restype = ctypes.c_void_p
      c.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
      c.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
      def put(address, size, protection, flags, name):
          fd = os.open(os.path.join(folder, name), os.O_RDWR) if name else -1
          assert c.mmap(address, size, protection, flags | 0x100000, fd, 0) == address, name
      put(text, 4096, 5, 2, 'text')
      put(base, 1 << 19, 5, 2, 'code')
      put(control, shared - control, 3, 0x22, None)
      put(shared, ring - shared, 3, 1, 'shared')
      put(ring, ring_bytes, 3, 1, 'ring')
      put(ring + ring_bytes, ring_bytes, 3, 1, 'ring')
      assert c.madvise(control, shared - control, 18) == 0
      template = open(os.path.join(folder, 'template'), 'rb').read()
      ctypes.memmove(control, template, len(template))
      ctypes.memmove(control + 16, struct.pack('ii', os.getpid(), os.getpid()), 8)
      ctypes.memmove(control, b'\\1', 1)
      f = ctypes.CFUNCTYPE(None, ctypes.c_long, ctypes.c_long)(text)
      f(7, 3)
      child = os.fork()
      if child == 0:
          f(8, 5)
          grandchild = os.fork()
          if grandchild == 0:
              f(9, 2)
              os._exit(0)
          os.waitpid(grandchild, 0)
          print(os.getpid(), grandchild, flush=True)
          os._exit(0)
      os.waitpid(child, 0)
      f(7, 1)
      ctypes.memmove(shared + follow, b'\\0', 1)
      late = os.fork()
      if late == 0:
          f(10, 4)
          os._exit(0)
      os.waitpid(late, 0)
      print(os.getpid())
      """;

  @TempDir private Path folder;

  @Test
  void childrenAreToldFromTheirFirstHitAsLongAsTheToolFollows() throws Exception {
    Plan plan = InProcessTest.plan(new Capture.OfFact(Fact.PID_TGID), InProcessTest.number(1));
    KernelGenerator generator = new KernelGenerator(plan, KernelOffsets.inProcess(), 2, false);
    RegionLayout region =
        new RegionLayout(
            TEXT + (1 << 20),
            ControlPage.sizeBytes(generator.scratch()),
            SharedHeader.sizeBytes(1),
            RING_BYTES);
    byte[] text = PatchedLoop.code();
    int window = PatchedLoop.WINDOW_OFFSET;
    byte[] original = PatchedLoop.nop();
    ProbeSite site = site(window);
    KernelImage image = generator.generate(List.of(new KernelImage.ArmedSite(0, site)));
    InProcessImage made =
        InProcessGenerator.generate(
            image,
            Map.of(site.window().orElseThrow(), MachineCode.of(original)),
            0,
            region,
            64,
            generator.scratch(),
            1);
    byte[] jump = made.hooks().getFirst().replacement().toArray();
    System.arraycopy(jump, 0, text, window, jump.length);
    write(region, text, made.code().toArray());
    List<String> printed = run(region);
    String[] children = printed.get(0).split(" ", -1);
    assertThat(records())
        .containsExactly(
            printed.get(1) + " 7",
            printed.get(1) + " 7",
            printed.get(1) + " 7",
            children[0] + " 8",
            children[0] + " 8",
            children[0] + " 8",
            children[0] + " 8",
            children[0] + " 8",
            children[1] + " 9",
            children[1] + " 9",
            printed.get(1) + " 7");
    MemorySegment shared = MemorySegment.ofArray(Files.readAllBytes(folder.resolve("shared")));
    List<String> pids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int pid = shared.get(ValueLayout.JAVA_INT_UNALIGNED, SharedHeader.PIDS_OFFSET + 4L * i);
      pids.add(String.valueOf(pid));
    }
    assertThat(pids).containsExactly(children[0], children[1], "0");
  }

  private static ProbeSite site(int window) {
    Argument argument = new Argument.Scalar(Value.register(Register.RDI));
    return new ProbeSite(
        TEXT + window,
        window,
        OptionalLong.empty(),
        new Condition.Always(),
        Optional.empty(),
        List.of(argument),
        ProbeSite.Cost.EMULATED,
        Optional.of(new PatchWindow(TEXT + window, PatchWindow.JUMP_BYTES)),
        "made for a test");
  }

  private void write(RegionLayout region, byte[] text, byte[] code) throws Exception {
    byte[] template =
        ControlPage.template(
            new ControlPage.Settings(region, 0, 0, 0, 0, 0, 0, false, 0, "python"));
    byte[] shared = new byte[region.sharedBytes()];
    System.arraycopy(template, 0, shared, SharedHeader.TEMPLATE_OFFSET, template.length);
    shared[SharedHeader.FOLLOW_OFFSET] = FOLLOW;
    byte[] page = new byte[4096];
    System.arraycopy(text, 0, page, 0, text.length);
    byte[] whole = new byte[RegionLayout.CODE_BYTES];
    System.arraycopy(code, 0, whole, 64, code.length);
    Files.write(folder.resolve("text"), page);
    Files.write(folder.resolve("code"), whole);
    Files.write(folder.resolve("template"), template);
    Files.write(folder.resolve("shared"), shared);
    Files.write(folder.resolve("ring"), new byte[RING_BYTES]);
  }

  private List<String> run(RegionLayout region) throws Exception {
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-I", "-c", PROGRAM));
    long[] numbers = {
      TEXT,
      region.base(),
      region.control(),
      region.shared(),
      region.ring(),
      region.ringBytes(),
      SharedHeader.FOLLOW_OFFSET
    };
    for (long number : numbers) {
      command.add(String.valueOf(number));
    }
    command.add(folder.toString());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> lines = process.inputReader().readAllLines();
    assertThat(process.waitFor()).isZero();
    return lines;
  }

  /// `pid number` of each; the first thread's id is the process's.
  private List<String> records() throws Exception {
    List<String> records = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = Files.readAllBytes(folder.resolve("ring"));
      MemorySegment data = arena.allocate(2L * RING_BYTES, 8);
      MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, RING_BYTES);
      byte[] shared = Files.readAllBytes(folder.resolve("shared"));
      MemorySegment header = arena.allocateFrom(ValueLayout.JAVA_BYTE, shared);
      MemorySegment aligned = arena.allocate(shared.length, 8).copyFrom(header);
      SharedRing.open(aligned, data, 0)
          .drain((memory, at, _) -> {
            long ids = memory.get(ValueLayout.JAVA_LONG, at + 8);
            assertThat((int) ids).isEqualTo((int) (ids >> 32));
            records.add((int) ids + " " + memory.get(ValueLayout.JAVA_LONG, at + 16));
          });
    }
    return records;
  }
}
