package pytap.gen.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import pytap.asm.x86.MachineCode;
import pytap.gen.Counters;
import pytap.gen.InProcessImage;
import pytap.gen.KernelImage;
import pytap.gen.RegionLayout;
import pytap.gen.Scratch;
import pytap.gen.SharedHeader;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.linux.SharedRing;
import pytap.place.Plan;
import pytap.probe.PatchWindow;
import pytap.source.FormatException;

/// This very process as a target: a region of its own memory, and text that may be patched.
public final class OwnProcess implements AutoCloseable {
  static final int RING_BYTES = 1 << 16;
  private static final int PROT_NONE = 0;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final int TEXT_BYTES = 1 << 16;

  /// `struct pthread.tid` (glibc 2.36 nptl/descr.h).
  private static final int TID_OFFSET = 0x2d0;

  private static final int REGION_AT = 1 << 20;

  private final C c = new C();
  private final Arena arena = Arena.ofShared();
  private final Plan plan;
  private final Scratch scratch;
  private final RegionLayout region;
  private final long reserved;
  private final long reservedBytes;
  private final MemorySegment text;
  private final MemorySegment code;
  private final MemorySegment control;
  private final MemorySegment shared;
  private final SharedRing ring;
  private int textUsed;
  private InProcessGenerator.ProgramCode program =
      new InProcessGenerator.ProgramCode(0, MachineCode.of(new byte[0]), 0);
  private int hits;

  /// The C library's calls that a test needs.
  static final class C {
    private final Linker linker = Linker.nativeLinker();
    private final MethodHandle six =
        linker.downcallHandle(
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG));

    MemorySegment symbol(String name) {
      return linker.defaultLookup().find(name).orElseThrow();
    }

    long call(String name, long... arguments) {
      MemorySegment function = symbol(name);
      long[] a = new long[6];
      System.arraycopy(arguments, 0, a, 0, arguments.length);
      return at(function.address(), a);
    }

    long at(long address, long... a) {
      try {
        return (long)
            six.invokeExact(MemorySegment.ofAddress(address), a[0], a[1], a[2], a[3], a[4], a[5]);
      } catch (Throwable failure) {
        throw new AssertionError(failure);
      }
    }

    long map(long address, long bytes, int protection, int flags, long fd) {
      long result = call("mmap", address, bytes, protection, flags, fd, 0);
      if (result == -1) {
        throw new AssertionError("mmap refused");
      }
      return result;
    }

    int file(Arena arena, long bytes) {
      int fd = (int) call("memfd_create", arena.allocateFrom("own").address(), 1);
      if (fd < 0 || (int) call("ftruncate", fd, bytes) != 0) {
        throw new AssertionError("memfd refused");
      }
      return fd;
    }
  }

  /// What may be set in a test.
  record Options(
      boolean stamped, boolean lossless, long patienceNanos, int ringBytes, boolean quick) {
    static final Options USUAL = new Options(false, false, 0, RING_BYTES, false);
  }

  public OwnProcess(Plan plan) {
    this(plan, Options.USUAL);
  }

  OwnProcess(Plan plan, Options options) {
    this.plan = plan;
    this.scratch = generator(plan).scratch();
    int controlBytes = ControlPage.sizeBytes(scratch);
    int sharedBytes = SharedHeader.sizeBytes(plan.channels().size());
    reservedBytes =
        REGION_AT + new RegionLayout(0, controlBytes, sharedBytes, options.ringBytes()).sizeBytes();
    reserved = c.map(0, reservedBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    region = new RegionLayout(reserved + REGION_AT, controlBytes, sharedBytes, options.ringBytes());
    text = executable(reserved, TEXT_BYTES);
    code = executable(region.base(), RegionLayout.CODE_BYTES);
    int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    c.map(reserved + TEXT_BYTES, TEXT_BYTES, PROT_READ | PROT_WRITE, fixed, -1);
    c.map(region.data(), RegionLayout.DATA_BYTES, PROT_READ | PROT_WRITE, fixed, -1);
    c.map(region.control(), controlBytes, PROT_READ | PROT_WRITE, fixed, -1);
    c.map(region.shared(), sharedBytes, PROT_READ | PROT_WRITE, fixed, -1);
    int fd = c.file(arena, options.ringBytes());
    for (int i = 0; i < 2; i++) {
      long at = region.ring() + (long) i * options.ringBytes();
      c.map(at, options.ringBytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd);
    }
    c.call("close", fd);
    control = segment(region.control(), controlBytes);
    shared = segment(region.shared(), sharedBytes);
    ring = SharedRing.open(shared, segment(region.ring(), 2L * options.ringBytes()), 1_000_000_000);
    ring.stamp(options.stamped());
    arm(options);
  }

  private void arm(Options options) {
    int pid = (int) ProcessHandle.current().pid();
    byte[] template =
        ControlPage.template(
            new ControlPage.Settings(
                region,
                pid,
                pid,
                options.quick() ? c.symbol("clock_gettime").address() : 0,
                0,
                options.quick() ? TID_OFFSET : 0,
                options.quick() ? processorOffset() : 0,
                options.lossless(),
                options.patienceNanos(),
                "fallback"));
    MemorySegment.copy(template, 0, control, ValueLayout.JAVA_BYTE, 0, template.length);
    MemorySegment.copy(
        template, 0, shared, ValueLayout.JAVA_BYTE, SharedHeader.TEMPLATE_OFFSET, template.length);
    enable(true);
  }

  private int processorOffset() {
    return (int) c.symbol("__rseq_offset").reinterpret(8).get(ValueLayout.JAVA_LONG, 0) + 4;
  }

  /// Maps it executable at `address`; the segment is writable and elsewhere.
  private MemorySegment executable(long address, int bytes) {
    int fd = c.file(arena, bytes);
    c.map(address, bytes, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd);
    long alias = c.map(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    c.call("close", fd);
    return segment(alias, bytes);
  }

  private MemorySegment segment(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, null);
  }

  private static KernelGenerator generator(Plan plan) {
    return new KernelGenerator(plan, KernelOffsets.inProcess(), 2, false);
  }

  C c() {
    return c;
  }

  Arena arena() {
    return arena;
  }

  public void enable(boolean enabled) {
    control.set(ValueLayout.JAVA_BYTE, ControlPage.ENABLED_OFFSET, (byte) (enabled ? 1 : 0));
  }

  MemorySegment control() {
    return control;
  }

  MemorySegment shared() {
    return shared;
  }

  RegionLayout region() {
    return region;
  }

  SharedRing ring() {
    return ring;
  }

  /// Memory that may be read and written, near the text.
  MemorySegment data() {
    return segment(reserved + TEXT_BYTES, TEXT_BYTES);
  }

  /// The region's data memory.
  MemorySegment regionData() {
    return segment(region.data(), RegionLayout.DATA_BYTES);
  }

  /// Where the next text goes.
  long textEnd() {
    return reserved + textUsed;
  }

  /// Returns where it is.
  long placeText(byte[] bytes) {
    long address = textEnd();
    writeText(address, bytes);
    textUsed += bytes.length + 63 & -64;
    return address;
  }

  void writeText(long address, byte[] bytes) {
    MemorySegment.copy(bytes, 0, text, ValueLayout.JAVA_BYTE, address - reserved, bytes.length);
  }

  /// Generates, writes and patches. `bias` is what the sites' addresses lack.
  InProcessImage patch(List<KernelImage.ArmedSite> sites, List<MachineCode> originals, long bias)
      throws FormatException {
    KernelImage image = generator(plan).generate(sites);
    Map<PatchWindow, MachineCode> windows = new HashMap<>();
    for (int i = 0; i < sites.size(); i++) {
      for (PatchWindow window : sites.get(i).site().windows()) {
        windows.put(window, originals.get(i));
      }
    }
    InProcessImage made =
        InProcessGenerator.generate(
            image, windows, bias, region, 64, scratch, plan.channels().size());
    byte[] bytes = made.code().toArray();
    MemorySegment.copy(bytes, 0, code, ValueLayout.JAVA_BYTE, 64, bytes.length);
    for (InProcessImage.Hook hook : made.hooks()) {
      writeText(hook.address(), hook.replacement().toArray());
    }
    return made;
  }

  /// Compiles the program alone, for [#run].
  public void compile(List<KernelImage.ArmedSite> sites) throws FormatException {
    KernelImage image = generator(plan).generate(sites);
    program = InProcessGenerator.program(image, region, 64, scratch, plan.channels().size());
    byte[] bytes = program.code().toArray();
    MemorySegment.copy(bytes, 0, code, ValueLayout.JAVA_BYTE, 64, bytes.length);
  }

  /// One hit of the program alone, with these registers.
  public void run(MemorySegment registers) {
    long tag = 2L * hits++ + 1;
    control.set(ValueLayout.JAVA_LONG, ControlPage.TAG, tag << UserReads.TAG_SHIFT);
    c.at(
        program.address() + program.entry(),
        new long[] {registers.address(), region.control(), 0, 0, 0, 0});
  }

  public List<byte[]> drain() {
    List<byte[]> records = new ArrayList<>();
    ring.drain((memory, offset, bytes) ->
        records.add(memory.asSlice(offset, bytes).toArray(ValueLayout.JAVA_BYTE)));
    return records;
  }

  public long lost() {
    return shared.get(ValueLayout.JAVA_LONG, SharedHeader.COUNTERS_OFFSET + Counters.lostOffset(0));
  }

  public long unreadable() {
    return shared.get(
        ValueLayout.JAVA_LONG, SharedHeader.COUNTERS_OFFSET + Counters.unreadableOffset(0));
  }

  @Override
  public void close() {
    c.call("munmap", text.address(), text.byteSize());
    c.call("munmap", code.address(), code.byteSize());
    c.call("munmap", reserved, reservedBytes);
    arena.close();
  }
}
