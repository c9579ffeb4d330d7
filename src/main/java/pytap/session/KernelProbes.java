package pytap.session;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pytap.asm.bpf.Program;
import pytap.gen.Counters;
import pytap.gen.KernelImage;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.gen.bpf.TreePrograms;
import pytap.linux.BpfMap;
import pytap.linux.BpfProgram;
import pytap.linux.Features;
import pytap.linux.Kernel;
import pytap.linux.MapSpec;
import pytap.linux.ProgramType;
import pytap.linux.RawTracepoint;
import pytap.linux.RecordHandler;
import pytap.linux.RingBuffer;
import pytap.linux.UprobeLinks;
import pytap.place.Plan;
import pytap.probe.Occasion;
import pytap.probe.ProbeSite;
import pytap.resolve.FileImage;
import pytap.resolve.ResolvedMarker;
import pytap.runtime.ProbedPlace;
import pytap.source.TracerException;

/// What the kernel engine has in the kernel: maps, programs and their links. It never writes to a
/// target's memory; the breakpoints of uprobes are the kernel's own.
final class KernelProbes implements AutoCloseable {
  private static final String EXEC = "sched_process_exec";

  private static final int MOST_PROCESSES = 1 << 15;

  private record Armed(int channel, Object file) {}

  private record Place(ResolvedMarker marker, ProbeSite site) {}

  private final Kernel kernel;
  private final ProgramType uprobeType;
  private final Plan plan;
  private final KernelGenerator generator;
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private final Deque<UprobeLinks> links = new ArrayDeque<>();
  private Optional<RawTracepoint> execs = Optional.empty();
  private final Set<Armed> armed = new HashSet<>();

  /// By their cookies.
  private final List<Place> places = new ArrayList<>();

  private final List<ProbedPlace> impossible = new ArrayList<>();

  private final BpfMap[] maps = new BpfMap[4];
  private final RingBuffer ring;
  private final MemorySegment counters;

  private KernelProbes(
      Kernel kernel, ProgramType uprobeType, Plan plan, KernelGenerator generator, int ringBytes)
      throws TracerException {
    this.kernel = kernel;
    this.uprobeType = uprobeType;
    this.plan = plan;
    this.generator = generator;
    try {
      int counterBytes = Counters.valueBytes(plan.channels().size());
      MapSpec[] specs = {
        MapSpec.ringBuffer("pytap_ring", ringBytes),
        MapSpec.hash("pytap_tree", 4, 1, MOST_PROCESSES),
        MapSpec.array("pytap_scratch", generator.scratch().valueBytes(), 1),
        MapSpec.array("pytap_counters", counterBytes, 1)
      };
      for (int i = 0; i < maps.length; i++) {
        maps[i] = BpfMap.create(kernel, specs[i]);
        undo.push(maps[i]::close);
      }
      ring = RingBuffer.open(kernel, maps[0]);
      undo.push(ring::close);
      counters = maps[3].mapValues();
    } catch (TracerException failure) {
      close();
      throw failure;
    }
  }

  /// Prepares everything that does not depend on which files are probed.
  ///
  /// @param ringBytes size of the ring buffer, a power of two
  static KernelProbes open(
      Kernel kernel, Features features, Plan plan, KernelGenerator generator, int ringBytes)
      throws TracerException {
    return new KernelProbes(kernel, features.uprobeType(), plan, generator, ringBytes);
  }

  /// What is done about members of the tree that execute a program.
  enum Executions {
    IGNORED,
    /// A record tells of it.
    TOLD,
    /// A record tells of it, and the process is stopped.
    STOPPED
  }

  /// From now on the TREE map follows forks.
  void followTree(KernelOffsets offsets, Executions executions) throws TracerException {
    int channels = plan.channels().size();
    Program free = TreePrograms.free(offsets, Counters.lastMemberOffset(channels));
    undo.push(trace(TreePrograms.fork(offsets), "sched_process_fork")::close);
    undo.push(trace(free, "sched_process_free")::close);
    int missed = Counters.missedExecOffset(channels);
    switch (executions) {
      case IGNORED -> {}
      case TOLD -> execs = Optional.of(trace(TreePrograms.tellExec(missed), EXEC));
      case STOPPED -> execs = Optional.of(trace(TreePrograms.exec(missed), EXEC));
    }
  }

  private RawTracepoint trace(Program program, String tracepoint) throws TracerException {
    BpfProgram loaded = BpfProgram.load(kernel, ProgramType.RAW_TRACEPOINT, program, maps);
    undo.push(loaded::close);
    return RawTracepoint.attach(kernel, loaded, tracepoint);
  }

  /// Makes process `pid` a member of the tree.
  void addToTree(int pid) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      maps[1].update(
          arena.allocateFrom(ValueLayout.JAVA_INT, pid),
          arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1));
    }
  }

  /// What one program is attached to: places of one file, or the returns of functions there.
  private record Group(FileImage file, boolean ofFunctions, boolean returns) {}

  /// The places of `markers` that are not armed yet, by the programs that they need.
  private Map<Group, List<Place>> groups(List<ResolvedMarker> markers) {
    Map<Group, List<Place>> groups = new LinkedHashMap<>();
    for (ResolvedMarker marker : markers) {
      if (armed.contains(new Armed(marker.channel(), marker.file().key()))) {
        continue;
      }
      Occasion.InFile point = plan.channels().get(marker.channel()).point();
      boolean returns =
          point instanceof Occasion.Function function && function.side() == Occasion.Side.RETURN;
      List<Place> places =
          groups.computeIfAbsent(
              new Group(marker.file(), point instanceof Occasion.Function, returns),
              absent -> new ArrayList<>());
      for (ProbeSite site : marker.sites().sites()) {
        places.add(new Place(marker, site));
      }
    }
    return groups;
  }

  /// Whether all of `markers` are armed already.
  boolean areArmed(List<ResolvedMarker> markers) {
    for (ResolvedMarker marker : markers) {
      if (!armed.contains(new Armed(marker.channel(), marker.file().key()))) {
        return false;
      }
    }
    return true;
  }

  /// Attaches to all sites of `markers` that are not armed yet.
  ///
  /// @return how many sites were armed
  int arm(List<ResolvedMarker> markers) throws TracerException {
    int count = 0;
    for (Map.Entry<Group, List<Place>> group : groups(markers).entrySet()) {
      attach(group.getKey(), group.getValue());
      count += group.getValue().size();
    }
    for (ResolvedMarker marker : markers) {
      armed.add(new Armed(marker.channel(), marker.file().key()));
    }
    return count;
  }

  private void attach(Group group, List<Place> added) throws TracerException {
    int first = places.size();
    places.addAll(added);
    List<KernelImage.ArmedSite> sites = new ArrayList<>();
    List<UprobeLinks.Place> at = new ArrayList<>();
    for (Place place : added) {
      ProbeSite site = place.site();
      at.add(
          new UprobeLinks.Place(
              site.fileOffset(),
              site.semaphoreFileOffset().orElse(0),
              (long) first + sites.size()));
      sites.add(new KernelImage.ArmedSite(place.marker().channel(), site));
    }
    KernelImage image = generator.generate(sites, first);
    BpfProgram program = BpfProgram.load(kernel, uprobeType, image.program(), maps);
    undo.push(program::close);
    String path = group.file().path().toString();
    if (!group.ofFunctions()) {
      links.push(UprobeLinks.attach(kernel, program, path, at));
      return;
    }
    UprobeLinks attached =
        UprobeLinks.attachToFunctions(kernel, program, path, at, group.returns());
    links.push(attached);
    for (UprobeLinks.Place place : attached.impossible()) {
      impossible.add(probed(places.get((int) place.cookie())));
    }
  }

  /// The functions that the kernel could not probe; each is given once.
  List<ProbedPlace> takeImpossible() {
    List<ProbedPlace> taken = List.copyOf(impossible);
    impossible.clear();
    return taken;
  }

  /// The place that has the cookie `place`.
  Optional<ProbedPlace> place(long place) {
    return place < places.size() ? Optional.of(probed(places.get((int) place))) : Optional.empty();
  }

  private ProbedPlace probed(Place place) {
    ResolvedMarker marker = place.marker();
    String name = marker.sites().marker();
    String process = "process(\"" + marker.file().realPath() + "\")";
    return switch (plan.channels().get(marker.channel()).point()) {
      case Occasion.Function function ->
          new ProbedPlace("", name, process + ".function(\"" + name + "\")" + function.suffix());
      case Occasion.Marker _ ->
          new ProbedPlace(
              marker.provider().orElse(""),
              name,
              process + ".statement(0x" + Long.toHexString(place.site().address()) + ")");
    };
  }

  /// Gives `handler` every record that is complete now.
  int drain(RecordHandler handler) {
    return ring.drain(handler);
  }

  /// Whether so much waits that the next drain should begin at once.
  boolean isBehind() {
    return ring.pendingBytes() > ring.sizeBytes() / 8;
  }

  /// The ring's descriptor, which becomes readable when a process was stopped at exec.
  int ringFd() {
    return maps[0].fd();
  }

  /// Records of `channel` that found no room.
  long lost(Plan.Channel channel) {
    return counter(Counters.lostOffset(channel.id()));
  }

  /// Hits of `channel` that could not be decided because memory was unreadable.
  long unreadable(Plan.Channel channel) {
    return counter(Counters.unreadableOffset(channel.id()));
  }

  /// Programs executed by the tree that could not be stopped and reported.
  long missedExecs() {
    return counter(Counters.missedExecOffset(plan.channels().size()));
  }

  private long counter(int offset) {
    return counters.get(ValueLayout.JAVA_LONG, offset);
  }

  /// Detaches every probe, and stops no process any more; records already sent can still be
  /// drained.
  void disarm() {
    execs.ifPresent(RawTracepoint::close);
    execs = Optional.empty();
    while (!links.isEmpty()) {
      links.pop().close();
    }
    armed.clear();
  }

  @Override
  public void close() {
    disarm();
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }
}
