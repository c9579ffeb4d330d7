package pytap.gen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import pytap.gen.Counters;
import pytap.gen.KernelImage;
import pytap.gen.x86.OwnProcess;
import pytap.ir.Program;
import pytap.linux.BpfMap;
import pytap.linux.BpfProgram;
import pytap.linux.Btf;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.linux.MapSpec;
import pytap.linux.ProgramType;
import pytap.linux.RingBuffer;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.probe.Occasion;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The generated program of one site, run in the kernel without a probe: as a program of type
/// SYSCALL, whose context is memory of ours that we fill as the registers of a hit. What the
/// program reads as the target's memory is then this process's own.
///
/// The in-process engine's code for the same program runs beside it, and whatever it sends and
/// counts must be the same, to the byte, but for the time and the processor.
final class SiteRun implements AutoCloseable {
  static final Kernel KERNEL = new LinuxKernel();
  private static final int RING_BYTES = 1 << 16;
  private static final int REGISTERS_BYTES = 168;

  private final Arena arena = Arena.ofConfined();
  private final Plan plan;
  private final BpfMap[] maps;
  private final RingBuffer ring;
  private final BpfProgram program;
  private final MemorySegment counters;
  private final Optional<OwnProcess> process;

  /// A record as it came.
  static final class Record {
    private final byte[] bytes;
    private final RecordLayout layout;

    Record(byte[] bytes, RecordLayout layout) {
      this.bytes = bytes;
      this.layout = layout;
    }

    /// The whole record (not a copy).
    byte[] bytes() {
      return bytes;
    }

    RecordLayout layout() {
      return layout;
    }

    int channel() {
      return (int) number(RecordLayout.CHANNEL_OFFSET, 4);
    }

    int faults() {
      return (int) number(RecordLayout.FAULTS_OFFSET, 4);
    }

    /// The 8 bytes of slot `index`.
    long slot(int index) {
      return number(layout.slots().get(index).offset(), 8);
    }

    /// The kind of the text in slot `index`.
    int kind(int index) {
      return (int) number(layout.slots().get(index).offset() + 4, 4);
    }

    /// The bytes of the text in slot `index`.
    byte[] text(int index) {
      int at = layout.fixedBytes();
      for (RecordLayout.Slot slot : layout.slots()) {
        if (slot.capture() instanceof Capture.Text) {
          int length = (int) number(slot.offset(), 4);
          if (slot.index() == index) {
            return Arrays.copyOfRange(bytes, at, at + length);
          }
          at += length;
        }
      }
      throw new AssertionError("slot " + index + " holds no text");
    }

    long number(int offset, int width) {
      MemorySegment segment = MemorySegment.ofArray(bytes);
      return width == 8
          ? segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset)
          : segment.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }
  }

  /// A plan of one channel with these captures.
  static Plan plan(Capture... captures) {
    Occasion.Marker marker =
        new Occasion.Marker(Optional.empty(), Optional.empty(), Optional.empty(), "m");
    RecordLayout layout = RecordLayout.of(List.of(captures));
    Program program = new Program(List.of(), List.of(), List.of());
    return new Plan(program, List.of(new Plan.Channel(0, marker, layout, List.of())));
  }

  static KernelOffsets offsets() throws TracerException {
    List<Btf.Member> members =
        List.of(
            new Btf.Member("task_struct", "pid"),
            new Btf.Member("task_struct", "tgid"),
            new Btf.Member("task_struct", "real_parent"),
            new Btf.Member("task_struct", "cred"),
            new Btf.Member("cred", "euid"),
            new Btf.Member("cred", "egid"),
            new Btf.Member("task_struct", "thread.fsbase"));
    int[] at = Btf.offsets(members).stream().mapToInt(found -> found.orElseThrow()).toArray();
    return new KernelOffsets(at[0], at[1], at[2], at[3], at[4], at[5], at[6]);
  }

  /// The maps that programs of `plan` use, in their order.
  static BpfMap[] maps(Plan plan, KernelGenerator generator, int ringBytes) throws TracerException {
    int counterBytes = Counters.valueBytes(plan.channels().size());
    return new BpfMap[] {
      BpfMap.create(KERNEL, MapSpec.ringBuffer("ring", ringBytes)),
      BpfMap.create(KERNEL, MapSpec.hash("tree", 4, 1, 64)),
      BpfMap.create(KERNEL, MapSpec.array("scratch", generator.scratch().valueBytes(), 1)),
      BpfMap.create(KERNEL, MapSpec.array("counters", counterBytes, 1))
    };
  }

  SiteRun(Plan plan, ProbeSite site, boolean filtered) throws TracerException {
    this.plan = plan;
    KernelGenerator generator = new KernelGenerator(plan, offsets(), 2, filtered);
    maps = maps(plan, generator, RING_BYTES);
    KernelImage image = generator.generate(List.of(new KernelImage.ArmedSite(0, site)));
    program = BpfProgram.load(KERNEL, ProgramType.SYSCALL, image.program(), maps);
    ring = RingBuffer.open(KERNEL, maps[0]);
    counters = maps[3].mapValues();
    process = filtered ? Optional.empty() : Optional.of(process(plan, site));
  }

  private static OwnProcess process(Plan plan, ProbeSite site) {
    OwnProcess process = new OwnProcess(plan);
    try {
      process.compile(List.of(new KernelImage.ArmedSite(0, site)));
    } catch (FormatException refused) {
      throw new AssertionError(refused);
    }
    return process;
  }

  /// Makes a process a member of the tree.
  void member(int pid) throws TracerException {
    maps[1].update(
        arena.allocateFrom(ValueLayout.JAVA_INT, pid),
        arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1));
  }

  /// Takes a process out of the tree.
  void stranger(int pid) throws TracerException {
    maps[1].delete(arena.allocateFrom(ValueLayout.JAVA_INT, pid));
  }

  /// Registers of a hit, all 0.
  MemorySegment registers() {
    return arena.allocate(REGISTERS_BYTES, 8);
  }

  static void set(MemorySegment registers, Register register, long value) {
    registers.set(ValueLayout.JAVA_LONG, register.offset(), value);
  }

  /// One hit.
  void hit(MemorySegment registers) throws TracerException {
    assertThat(program.run(registers)).isZero();
    process.ifPresent(own -> own.run(registers));
  }

  /// One hit with RDI, RSI, RDX ... as given, and the records that came of it and before.
  List<Record> hit(long... values) throws TracerException {
    Register[] order = {Register.RDI, Register.RSI, Register.RDX, Register.RCX};
    MemorySegment registers = registers();
    for (int i = 0; i < values.length; i++) {
      set(registers, order[i], values[i]);
    }
    hit(registers);
    return drain();
  }

  List<Record> drain() {
    List<Record> records = new ArrayList<>();
    RecordLayout layout = plan.channels().getFirst().layout();
    ring.drain((memory, offset, length) ->
        records.add(
            new Record(memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE), layout)));
    process.ifPresent(own -> assertSame(records, own.drain(), layout));
    return records;
  }

  private static void assertSame(List<Record> records, List<byte[]> own, RecordLayout layout) {
    assertThat(own).hasSameSizeAs(records);
    for (int i = 0; i < own.size(); i++) {
      byte[] expected = records.get(i).bytes().clone();
      for (RecordLayout.Slot slot : layout.slots()) {
        if (slot.capture() instanceof Capture.OfFact(Fact fact)
            && (fact == Fact.TIME_NANOS || fact == Fact.CPU)) {
          System.arraycopy(own.get(i), slot.offset(), expected, slot.offset(), fact.sizeBytes());
        }
      }
      assertThat(own.get(i)).as("in the process").isEqualTo(expected);
    }
  }

  long lost() {
    process.ifPresent(own ->
        assertThat(own.lost())
            .isEqualTo(counters.get(ValueLayout.JAVA_LONG, Counters.lostOffset(0))));
    return counters.get(ValueLayout.JAVA_LONG, Counters.lostOffset(0));
  }

  long unreadable() {
    process.ifPresent(own ->
        assertThat(own.unreadable())
            .isEqualTo(counters.get(ValueLayout.JAVA_LONG, Counters.unreadableOffset(0))));
    return counters.get(ValueLayout.JAVA_LONG, Counters.unreadableOffset(0));
  }

  @Override
  public void close() {
    process.ifPresent(OwnProcess::close);
    program.close();
    ring.close();
    for (BpfMap map : maps) {
      map.close();
    }
    arena.close();
  }
}
