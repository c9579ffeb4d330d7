package pytap.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.gen.bpf.TreePrograms;
import pytap.linux.ChildProcess;
import pytap.linux.ExitStatus;
import pytap.linux.Features;
import pytap.linux.Kernel;
import pytap.linux.OtherProcess;
import pytap.linux.RecordHandler;
import pytap.linux.Signals;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.runtime.ProbedPlace;
import pytap.session.KernelProbes.Executions;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Traces by uprobes: the kernel runs the programs and follows the target's tree. A process of the
/// tree that executes a program is reported as a record; one of a launched command's tree is
/// stopped by the kernel, and goes on when the program is armed.
final class KernelEngine implements Engine {
  private final Kernel kernel;
  private final KernelProbes probes;
  private final TargetFollower follower;
  private final Executions executions;
  private final Deque<Integer> executed = new ArrayDeque<>();

  private KernelEngine(
      Kernel kernel, KernelProbes probes, TargetFollower follower, Executions executions) {
    this.kernel = kernel;
    this.probes = probes;
    this.follower = follower;
    this.executions = executions;
  }

  /// @param named the markers that the script itself gives a file
  static KernelEngine open(
      Groundwork groundwork,
      Job job,
      Optional<TargetProcess> target,
      MarkerResolver resolver,
      List<ResolvedMarker> named,
      Notices notices)
      throws TracerException {
    Features features = groundwork.features();
    KernelOffsets offsets = groundwork.offsets();
    Kernel kernel = groundwork.kernel();
    JumpGuard guard = groundwork.guard();
    Plan plan = job.plan();
    int processors = Runtime.getRuntime().availableProcessors();
    KernelGenerator generator = new KernelGenerator(plan, offsets, processors, target.isPresent());
    KernelProbes probes = KernelProbes.open(kernel, features, plan, generator, job.bufferBytes());
    TargetFollower follower = new TargetFollower(probes, guard, resolver, plan.channels(), notices);
    Executions executions = executions(target, follower);
    KernelEngine engine = new KernelEngine(kernel, probes, follower, executions);
    try {
      if (target.isPresent()) {
        probes.followTree(offsets, executions);
        engine.addToTree(target.get().process());
      }
      follower.arm(named, target.map(TargetProcess::process));
      if (target.isPresent() && target.get().attached().isPresent() && follower.isNeeded()) {
        engine.armRunning(target.get(), MarkerResolver.areOfPython(plan));
      }
      return engine;
    } catch (TracerException failure) {
      engine.close();
      throw failure;
    }
  }

  /// Nobody is stopped who was found running.
  private static Executions executions(Optional<TargetProcess> target, TargetFollower follower) {
    if (target.isEmpty() || !follower.isNeeded()) {
      return Executions.IGNORED;
    }
    return target.get().command().isPresent() ? Executions.STOPPED : Executions.TOLD;
  }

  private void armRunning(TargetProcess target, boolean ofPython) throws TracerException {
    follower.arm(target.process());
    if (!follower.armedAny()) {
      throw ofPython ? target.withoutPython() : target.withoutPlaces();
    }
  }

  private void addToTree(RunningProcess process) throws TracerException {
    probes.addToTree(process.pid());
    for (RunningProcess descendant : process.children()) {
      addToTree(descendant);
    }
  }

  @Override
  public int drain(RecordHandler handler) throws TracerException {
    int records = probes.drain(sorting(handler));
    while (!executed.isEmpty()) {
      executed(executed.remove());
    }
    return records;
  }

  /// Arms the program, and lets a process that was stopped go on whatever comes of it.
  private void executed(int pid) throws TracerException {
    try {
      follower.executed(new RunningProcess(pid), executions == Executions.STOPPED);
    } finally {
      release(pid);
    }
  }

  private void release(int pid) throws TracerException {
    if (executions == Executions.STOPPED) {
      OtherProcess.signal(kernel, pid, Signals.CONT);
    }
  }

  /// Gives `handler` the records of markers; the others tell of processes that executed a program.
  private RecordHandler sorting(RecordHandler handler) {
    return (ring, offset, length) -> {
      int channel = ring.get(ValueLayout.JAVA_INT, offset + RecordLayout.CHANNEL_OFFSET);
      if (channel == TreePrograms.EXEC_CHANNEL) {
        executed.add(processOf(ring, offset));
      } else {
        handler.record(ring, offset, length);
      }
    };
  }

  private static int processOf(MemorySegment ring, long offset) {
    return ring.get(ValueLayout.JAVA_INT, offset + RecordLayout.HEADER_BYTES);
  }

  @Override
  public boolean tellsLives() {
    return false;
  }

  @Override
  public boolean isBehind() {
    return probes.isBehind();
  }

  @Override
  public int waitDescriptor() {
    return probes.ringFd();
  }

  @Override
  public Optional<ExitStatus> ended(ChildProcess command) throws TracerException {
    return command.poll();
  }

  @Override
  public boolean foundNothing() {
    return follower.isNeeded() && !follower.armedAny();
  }

  @Override
  public Optional<ProbedPlace> place(long place) {
    return probes.place(place);
  }

  @Override
  public long lost(Plan.Channel channel) {
    return probes.lost(channel);
  }

  @Override
  public long unreadable(Plan.Channel channel) {
    return probes.unreadable(channel);
  }

  @Override
  public List<String> otherLosses() {
    long missed = probes.missedExecs();
    return missed == 0
        ? List.of()
        : List.of(missed + " programs that were executed could not be looked at in time");
  }

  /// Every process that is still stopped at exec goes on; nothing is armed for it any more.
  @Override
  public void disarm(RecordHandler handler) throws TracerException {
    probes.disarm();
    probes.drain(sorting(handler));
    while (!executed.isEmpty()) {
      release(executed.remove());
    }
  }

  /// Where the session failed, nobody has asked yet for the records that tell of stopped processes.
  @Override
  public void close() throws TracerException {
    try {
      disarm((ring, offset, length) -> {});
    } finally {
      probes.close();
    }
  }
}
