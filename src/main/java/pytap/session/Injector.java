package pytap.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.gen.InProcessImage;
import pytap.gen.RegionLayout;
import pytap.gen.Scratch;
import pytap.gen.SharedHeader;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.gen.x86.ControlPage;
import pytap.gen.x86.InProcessGenerator;
import pytap.inject.Region;
import pytap.inject.Target;
import pytap.place.Plan;
import pytap.probe.ProbeSite;
import pytap.resolve.FileImage;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.source.FormatException;
import pytap.source.TracerException;
import pytap.target.MappedFile;
import pytap.target.Mapping;
import pytap.target.RunningProcess;

/// Puts the script's markers into a process: finds them, generates the code for where they are
/// there, writes it and the jumps to it. Belongs to the tracer's thread.
final class Injector {
  /// How long a writer that waits for room does so while the tool's heart does not beat.
  private static final long PATIENCE_NANOS = 1_000_000_000;

  /// What the generator wants the place of its code to be a multiple of.
  private static final int CODE_ALIGNMENT = 64;

  private static final byte ON = 1;

  private final Plan plan;
  private final boolean lossless;
  private final MarkerResolver resolver;
  private final OpenMarkers open;
  private final List<ResolvedMarker> named;
  private final MarkerNotices notices;
  private final KernelGenerator generator;

  /// @param resolver for places that jumps can be written to
  /// @param named the markers that the script itself gives a file
  Injector(Job job, MarkerResolver resolver, List<ResolvedMarker> named, Notices notices) {
    this.plan = job.plan();
    // A command that pytap launches is there to be traced; a process that it finds has other work.
    this.lossless = job.lossless() || job.command().isPresent();
    this.resolver = resolver;
    this.named = List.copyOf(named);
    this.notices = new MarkerNotices(notices);
    this.open = new OpenMarkers(resolver, plan.channels());
    int processors = Runtime.getRuntime().availableProcessors();
    this.generator = new KernelGenerator(plan, KernelOffsets.inProcess(), processors, false);
  }

  /// Whether the script has markers that name no process.
  boolean seeksPython() {
    return !open.isEmpty();
  }

  /// Whether a program that has just been executed may turn out to have markers.
  boolean mayHaveMarkers(RunningProcess process) throws TracerException {
    return !named.isEmpty() || !open.isEmpty() && resolver.interpreterOf(process).isPresent();
  }

  /// Arms `target`, which is `process`.
  ///
  /// @param files what was prepared for it
  /// @param ringBytes a power of two
  /// @param stamped whether records carry the time from the first on
  /// @return a strand for each file that has markers; empty where none has
  List<Strand> arm(
      Target target, RunningProcess process, List<Prepared> files, long ringBytes, boolean stamped)
      throws TracerException {
    List<Strand> strands = new ArrayList<>();
    try {
      for (Prepared file : files) {
        Settled settled = new Settled(target, process, stamped || files.size() > 1);
        strands.add(arm(settled, file, ringBytes));
      }
      return strands;
    } catch (TracerException failure) {
      for (Strand strand : strands) {
        disarm(strand);
      }
      throw failure;
    }
  }

  /// Takes the jumps of a strand back in the process that it was made in.
  void disarm(Strand strand) throws TracerException {
    strand.endFollowing();
    strand.target().unpatch(strand.region());
  }

  /// Does for `process` what needs only its files, if all of the markers are there. Any thread may
  /// ask, before arming has begun.
  List<Prepared> prepare(RunningProcess process) throws TracerException {
    return prepared(
        process,
        reason -> {
          throw reason;
        });
  }

  /// The same for those of the markers that are there; of the others it is said once that they are
  /// not.
  List<Prepared> prepareAvailable(RunningProcess process) throws TracerException {
    return prepared(process, notices::refused);
  }

  private List<Prepared> prepared(RunningProcess process, OpenMarkers.Absent absent)
      throws TracerException {
    Map<FileImage, List<ResolvedMarker>> files = new LinkedHashMap<>();
    for (ResolvedMarker marker : markers(process, absent)) {
      files.computeIfAbsent(marker.file(), none -> new ArrayList<>()).add(marker);
    }
    List<Prepared> prepared = new ArrayList<>();
    for (Map.Entry<FileImage, List<ResolvedMarker>> file : files.entrySet()) {
      prepared.add(Prepared.of(file.getKey(), file.getValue(), generator, plan.channels().size()));
    }
    return prepared;
  }

  private List<ResolvedMarker> markers(RunningProcess process, OpenMarkers.Absent absent)
      throws TracerException {
    List<ResolvedMarker> markers = open.in(process, absent);
    List<MappedFile> mapped = named.isEmpty() ? List.of() : process.mappedFiles();
    for (ResolvedMarker marker : named) {
      if (mapped.stream().anyMatch(file -> marker.file().isAt(file.path()))) {
        markers.add(marker);
      }
    }
    return markers;
  }

  private record Settled(Target target, RunningProcess process, boolean stamped) {}

  private Strand arm(Settled settled, Prepared file, long ringBytes) throws TracerException {
    Target target = settled.target();
    MappedFile text = text(settled.process(), file.file());
    long bias = bias(file.image().sites().getFirst().site(), text, file.file());
    Scratch scratch = generator.scratch();
    int channels = plan.channels().size();
    Region region =
        target.region(
            text.range().start(),
            text.range().end(),
            ControlPage.sizeBytes(scratch),
            SharedHeader.sizeBytes(channels),
            ringBytes);
    InProcessImage code = code(target, region, file, bias);
    target.write(code.address(), code.code().toArray());
    byte[] template = ControlPage.template(settings(settled, region.layout()));
    callback(code).ifPresent(function -> ControlPage.setCallback(template, function));
    target.write(region.layout().control(), template);
    MemorySegment.copy(
        MemorySegment.ofArray(template),
        0,
        region.shared(),
        SharedHeader.TEMPLATE_OFFSET,
        template.length);
    Optional<ForeignNumbers> numbers =
        target.samePidNamespace()
            ? Optional.empty()
            : Optional.of(new ForeignNumbers(plan, settled.process()));
    Strand strand =
        new Strand(settled.process().pid(), inode(target, region), target, region, numbers);
    strand.stamp(settled.stamped());
    region.shared().set(ValueLayout.JAVA_BYTE, SharedHeader.FOLLOW_OFFSET, ON);
    target.patch(region, code.hooks(), code.links());
    target.write(region.layout().control() + ControlPage.ENABLED_OFFSET, new byte[] {ON});
    for (ResolvedMarker marker : file.markers()) {
      notices.gaps(marker, Optional.of(settled.process()));
      notices.jumps(marker, settled.process().pid());
    }
    return strand;
  }

  /// What is called for events of the interpreter's own, in forked children too.
  private static Optional<Long> callback(InProcessImage code) {
    for (InProcessImage.Link link : code.links()) {
      if (link instanceof InProcessImage.Link.Monitored monitored) {
        return Optional.of(monitored.function());
      }
    }
    return Optional.empty();
  }

  private static long inode(Target target, Region region) throws TracerException {
    for (Mapping mapping : target.mappings()) {
      if (mapping.start() == region.layout().shared()) {
        return mapping.inode();
      }
    }
    throw new IllegalStateException("a region that is not mapped");
  }

  private static MappedFile text(RunningProcess process, FileImage file) throws TracerException {
    for (MappedFile mapped : process.mappedFiles()) {
      if (file.isAt(mapped.path())) {
        return mapped;
      }
    }
    throw new TracerException(
        TracerException.Kind.TARGET_GONE,
        "find " + file.path() + " in the memory of process " + process.pid(),
        "it is not mapped there",
        "");
  }

  /// What to add to the file's addresses in this process.
  private static long bias(ProbeSite site, MappedFile text, FileImage file) throws TracerException {
    long inText = site.fileOffset() - text.fileOffset();
    long address = text.range().start() + inText;
    if (inText < 0 || !text.range().holds(address)) {
      throw new TracerException(
          TracerException.Kind.TARGET_GONE,
          "find the code of " + file.path() + " in the target's memory",
          "it is not mapped in one piece",
          "");
    }
    return address - site.address();
  }

  private static InProcessImage code(Target target, Region region, Prepared file, long bias)
      throws TracerException {
    try {
      return InProcessGenerator.generate(
          file.program(),
          file.image(),
          file.originals(),
          bias,
          region.layout(),
          codeOffset(target, region));
    } catch (FormatException odd) {
      throw Prepared.immovable(file.file(), odd);
    }
  }

  private static int codeOffset(Target target, Region region) {
    return target.codeOffset(region) + CODE_ALIGNMENT - 1 & -CODE_ALIGNMENT;
  }

  private ControlPage.Settings settings(Settled settled, RegionLayout layout)
      throws TracerException {
    Target target = settled.target();
    RunningProcess process = settled.process();
    return new ControlPage.Settings(
        layout,
        process.pid(),
        process.ownNumber().orElse(process.pid()),
        target.vdsoFunction("__vdso_clock_gettime"),
        0,
        target.tidOffset(),
        0,
        lossless,
        PATIENCE_NANOS,
        process.name().orElse(""));
  }
}
