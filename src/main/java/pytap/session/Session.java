package pytap.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.gen.bpf.TreePrograms;
import pytap.ir.Probe;
import pytap.linux.ChildProcess;
import pytap.linux.ExitStatus;
import pytap.linux.Features;
import pytap.linux.Interrupts;
import pytap.linux.Kernel;
import pytap.linux.OtherProcess;
import pytap.linux.Pidfd;
import pytap.linux.RecordHandler;
import pytap.linux.Signals;
import pytap.place.Lookups;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.probe.Occasion;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.runtime.ByteString;
import pytap.runtime.Limits;
import pytap.runtime.Machine;
import pytap.runtime.Outside;
import pytap.runtime.ScriptError;
import pytap.runtime.ScriptEvents;
import pytap.runtime.SessionInfo;
import pytap.source.TracerException;
import pytap.target.ProcessSpaces;
import pytap.target.RunningProcess;

/// One run of one script: begin probes, the target, records and timers, end probes.
public final class Session implements AutoCloseable {
  private static final long WARM_NANOS = 40_000_000;
  private static final long IDLE_NANOS = 4_000_000;
  private static final int END_MILLIS = 2000;

  /// poll(2) passes over a negative descriptor and only waits.
  private static final int NO_DESCRIPTOR = -1;

  private final Groundwork groundwork;
  private final Kernel kernel;
  private final Job job;
  private final Notices notices;
  private final Interrupts interrupts;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final ScriptOutput output;
  private Optional<ChildProcess> child = Optional.empty();
  private Optional<Pidfd> target = Optional.empty();
  private Optional<KernelEngine> engine = Optional.empty();
  private Optional<TargetFollower> follower = Optional.empty();
  private final Deque<Integer> stopped = new ArrayDeque<>();
  private final long startNanos = System.nanoTime();
  private int errors;
  private boolean askedToEnd;

  private Session(Groundwork groundwork, Job job, Notices notices, Interrupts interrupts)
      throws TracerException {
    this.groundwork = groundwork;
    this.kernel = groundwork.kernel();
    this.job = job;
    this.notices = notices;
    this.interrupts = interrupts;
    this.output = ScriptOutput.open(kernel, job);
  }

  /// Runs `job` to its end. Whatever happens, everything that was attached is detached.
  ///
  /// @throws TracerException where the session could not start, or its output failed
  /// @throws UnresolvedPoint where the script names what is not there
  public static Outcome run(Groundwork groundwork, Job job, Notices notices, Interrupts interrupts)
      throws TracerException, UnresolvedPoint {
    // What needs no kernel comes first: the groundwork is still being laid.
    Warming.run(job.plan(), job.handlers(), WARM_NANOS);
    MarkerResolver resolver = new MarkerResolver(job.surroundings());
    List<ResolvedMarker> named = new ArrayList<>();
    for (Plan.Channel channel : job.plan().channels()) {
      named.addAll(resolve(job, resolver, channel));
    }
    if (!job.plan().channels().isEmpty()) {
      groundwork.assist();
    }
    try (Session session = new Session(groundwork, job, notices, interrupts)) {
      return session.run(resolver, named);
    }
  }

  private Outcome run(MarkerResolver resolver, List<ResolvedMarker> named) throws TracerException {
    if (job.pid().isPresent()) {
      target = Optional.of(owned(Pidfd.open(kernel, job.pid().getAsInt())));
    }
    if (job.command().isPresent()) {
      child = Optional.of(owned(ChildProcess.hold(kernel, ShellCommand.of(job.command().get()))));
    }
    SessionInfo info = OwnProcess.describe(kernel, targetPid());
    Events events = new Events();
    ProcessSpaces spaces = new ProcessSpaces();
    ProcFileSystem files = new ProcFileSystem(Lookups.areMade(job.plan().program()), spaces);
    Outside outside = new Outside(new ProcessMemory(), files, spaces, events, job.zone());
    Machine machine = new Machine(job.handlers(), info, outside, events);
    events.machine = Optional.of(machine);
    if (machine.refusesGlobals()) {
      return new Outcome.ScriptFailed(errors);
    }
    if (!job.plan().channels().isEmpty()) {
      attach(resolver, named);
    }
    Lives lives = new Lives(job.plan().program(), job.handlers(), job.surroundings());
    LifeWatch watch = new LifeWatch(lives, (int) targetPid(), launch());
    runOccasion(machine, Occasion.SessionBegin.class);
    Timers timers = new Timers(job.plan().program(), System.nanoTime());
    if (!machine.exiting()) {
      watch.look(System.nanoTime(), machine);
      if (child.isPresent()) {
        child.get().release();
      }
      loop(machine, timers, watch);
    }
    return finish(machine);
  }

  private Limits limits() {
    return job.handlers().shape().limits();
  }

  /// The command, where a shell is to `exec` it.
  private Optional<LifeWatch.Launch> launch() {
    Optional<String> program = job.command().flatMap(ShellCommand::program);
    if (child.isEmpty() || program.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new LifeWatch.Launch(
            new RunningProcess(child.get().pid()).executable(),
            job.surroundings().program(program.get())));
  }

  private long targetPid() {
    return child.map(ChildProcess::pid).orElseGet(() -> job.pid().orElse(0));
  }

  private void attach(MarkerResolver resolver, List<ResolvedMarker> named) throws TracerException {
    Plan plan = job.plan();
    boolean filtered = job.hasTarget();
    Features features = groundwork.features();
    KernelOffsets offsets = groundwork.offsets();
    int processors = Runtime.getRuntime().availableProcessors();
    KernelGenerator generator = new KernelGenerator(plan, offsets, processors, filtered);
    KernelEngine kernelEngine =
        owned(KernelEngine.open(kernel, features, plan, generator, job.bufferBytes()));
    engine = Optional.of(kernelEngine);
    TargetFollower following =
        new TargetFollower(kernel, kernelEngine, resolver, plan.channels(), notices);
    follower = Optional.of(following);
    if (filtered) {
      kernelEngine.followTree(offsets, child.isPresent() && following.isNeeded());
      addToTree(kernelEngine, new RunningProcess((int) targetPid()));
    }
    following.arm(named);
    if (target.isPresent() && following.isNeeded()) {
      armRunning(following, new RunningProcess(job.pid().getAsInt()));
    }
  }

  /// The places of a channel that do not depend on what the target will run. A point written with
  /// `?` may have none.
  private static List<ResolvedMarker> resolve(
      Job job, MarkerResolver resolver, Plan.Channel channel)
      throws TracerException, UnresolvedPoint {
    try {
      return channel.marker().process().isPresent()
          ? resolver.named(channel)
          : job.hasTarget() ? List.of() : resolver.ofDefaultPython(channel);
    } catch (TracerException refused) {
      for (Probe probe : channel.handlers()) {
        if (!probe.point().optional() && isMissing(refused)) {
          throw new UnresolvedPoint(probe, refused);
        }
        if (!probe.point().optional()) {
          throw refused;
        }
      }
      return List.of();
    }
  }

  private static boolean isMissing(TracerException refused) {
    return switch (refused.kind()) {
      case COMMAND_NOT_FOUND, FILE_UNREADABLE, UNSUPPORTED_MARKER, NOT_CPYTHON -> true;
      case SCRIPT_MISSING,
          NO_SUCH_PROCESS,
          NO_PERMISSION,
          NO_BPF,
          UNKNOWN_CPYTHON,
          TARGET_GONE,
          OUTPUT_FAILED,
          KERNEL_REFUSED ->
          false;
    };
  }

  private static void addToTree(KernelEngine engine, RunningProcess process)
      throws TracerException {
    engine.addToTree(process.pid());
    for (RunningProcess descendant : process.children()) {
      addToTree(engine, descendant);
    }
  }

  private void armRunning(TargetFollower following, RunningProcess process) throws TracerException {
    following.arm(process);
    if (!following.armedAny() && targetHasEnded()) {
      throw new TracerException(
          TracerException.Kind.TARGET_GONE,
          "attach to process " + process.pid(),
          "it ended before it was attached to",
          "");
    }
    if (!following.armedAny()) {
      throw new TracerException(
          TracerException.Kind.NOT_CPYTHON,
          "find CPython in process " + process.pid(),
          "it runs "
              + process.executable().map(String::valueOf).orElse("a program that may not be read")
              + ", and neither that nor a library it has loaded holds CPython",
          "give the process id of the Python itself");
    }
  }

  private void loop(Machine machine, Timers timers, LifeWatch watch) throws TracerException {
    RecordHandler handler = (ring, offset, length) -> record(machine, ring, offset, length);
    boolean ended = false;
    while (!machine.exiting() && !ended) {
      watch.look(System.nanoTime(), machine);
      ended = targetHasEnded() || interrupts.count() > 0 || output.readerIsGone() || timeIsUp();
      int records = engine.isPresent() ? engine.get().drain(handler) : 0;
      resumeStopped();
      if (ended && targetHasEnded()) {
        watch.rootEnded(machine);
      }
      timers.run(System.nanoTime(), job.handlers(), machine);
      output.take(machine);
      if (!ended && !machine.exiting() && !isBehind()) {
        idle(timers, records > 0);
      }
    }
  }

  private boolean isBehind() {
    return engine.isPresent() && engine.get().isBehind();
  }

  /// Pauses until something is to be done. While records flow, only for the time: the ring would be
  /// readable at once, and draining a few records at a time costs the target more, since reader and
  /// writers then fight for the same cache lines.
  private void idle(Timers timers, boolean flowing) {
    long nanos = timers.untilNext(System.nanoTime(), IDLE_NANOS);
    int millis = (int) ((nanos + 999_999) / 1_000_000);
    int fd = flowing ? NO_DESCRIPTOR : engine.map(KernelEngine::ringFd).orElse(NO_DESCRIPTOR);
    OtherProcess.waitReadable(kernel, fd, millis);
  }

  /// Takes one record: of a marker, or of a process that has executed a program.
  private void record(Machine machine, MemorySegment ring, long offset, int length) {
    if (isExec(ring, offset)) {
      stopped.add(processOf(ring, offset));
    } else {
      int channel = ring.get(ValueLayout.JAVA_INT, offset + RecordLayout.CHANNEL_OFFSET);
      job.handlers().channel(channel, ring, offset, length, machine);
    }
  }

  private void resumeStopped() throws TracerException {
    while (!stopped.isEmpty()) {
      follower.orElseThrow().executed(stopped.remove());
    }
  }

  /// Lets every process that is still stopped at exec go on; nothing is armed any more.
  private void letGo() throws TracerException {
    while (!stopped.isEmpty()) {
      OtherProcess.signal(kernel, stopped.remove(), Signals.CONT);
    }
  }

  /// When the session failed, nobody has asked for the records yet.
  private void letGoAfterFailure() throws TracerException {
    if (engine.isPresent()) {
      engine.get().disarm();
      engine
          .get()
          .drain((ring, offset, length) -> {
            if (isExec(ring, offset)) {
              stopped.add(processOf(ring, offset));
            }
          });
      letGo();
    }
  }

  private static boolean isExec(MemorySegment ring, long offset) {
    int channel = ring.get(ValueLayout.JAVA_INT, offset + RecordLayout.CHANNEL_OFFSET);
    return channel == TreePrograms.EXEC_CHANNEL;
  }

  private static int processOf(MemorySegment ring, long offset) {
    return ring.get(ValueLayout.JAVA_INT, offset + RecordLayout.HEADER_BYTES);
  }

  private boolean timeIsUp() {
    return job.seconds().isPresent()
        && System.nanoTime() - startNanos >= job.seconds().getAsInt() * 1_000_000_000L;
  }

  private boolean targetHasEnded() throws TracerException {
    if (child.isPresent()) {
      return child.get().poll().isPresent();
    }
    return target.isPresent() && target.get().hasEnded();
  }

  private Outcome finish(Machine machine) throws TracerException {
    Optional<ExitStatus> ended = child.isPresent() ? child.get().poll() : Optional.empty();
    if (engine.isPresent()) {
      engine.get().disarm();
      RecordHandler handler = (ring, offset, length) -> record(machine, ring, offset, length);
      engine.get().drain(handler);
      letGo();
    }
    if (child.isPresent() && ended.isEmpty()) {
      endCommand(child.get());
    }
    boolean failed = limits().endsAfter(errors);
    runOccasion(machine, failed ? Occasion.SessionError.class : Occasion.SessionEnd.class);
    if (!failed && !limits().endsAfter(errors)) {
      if (job.printsUnread()) {
        machine.printUnread();
      }
    }
    output.take(machine);
    reportLosses();
    return outcome(ended);
  }

  private Outcome outcome(Optional<ExitStatus> ended) throws TracerException {
    if (errors > 0) {
      notices.say("WARNING: Number of errors: " + errors + ", skipped probes: 0");
    }
    if (limits().endsAfter(errors)) {
      return new Outcome.ScriptFailed(errors);
    }
    boolean sawNothing =
        follower.isPresent()
            && follower.get().isNeeded()
            && ended.isPresent()
            && !follower.get().armedAny();
    if (ended.isPresent() && ended.get().shellCode() != 0) {
      return new Outcome.CommandFailed(ended.get());
    }
    if (sawNothing) {
      throw new TracerException(
          TracerException.Kind.NOT_CPYTHON,
          "trace the Python that the command runs",
          "the command ran no CPython that pytap knows",
          "check the command, or name the interpreter: process(\"/path/to/python3\")");
    }
    return new Outcome.Done();
  }

  /// The session ends before the command: the command and what it started are asked to end, as stap
  /// does. What does not end on SIGTERM is left to run.
  private void endCommand(ChildProcess command) throws TracerException {
    if (askedToEnd) {
      return;
    }
    askedToEnd = true;
    try (Pidfd watched = Pidfd.open(kernel, command.pid())) {
      List<RunningProcess> tree = new ArrayList<>();
      collectTree(new RunningProcess(command.pid()), tree);
      for (RunningProcess process : tree) {
        OtherProcess.signal(kernel, process.pid(), Signals.TERM);
        OtherProcess.signal(kernel, process.pid(), Signals.CONT);
      }
      if (!watched.endsWithin(END_MILLIS)) {
        notices.say("WARNING: the command did not end on SIGTERM, process " + command.pid());
      }
    }
  }

  /// Parents stand before their children: a shell that is gone starts nothing more.
  private static void collectTree(RunningProcess process, List<RunningProcess> tree) {
    tree.add(process);
    for (RunningProcess child : process.children()) {
      collectTree(child, tree);
    }
  }

  private void reportLosses() {
    if (engine.isEmpty()) {
      return;
    }
    for (Plan.Channel channel : job.plan().channels()) {
      String name = channel.handlers().getFirst().written().toString();
      long lost = engine.get().lost(channel);
      if (lost > 0) {
        notices.say(
            "WARNING: "
                + lost
                + " events of "
                + name
                + " were lost because the buffer was full; give a larger one with -s MB");
      }
      long unreadable = engine.get().unreadable(channel);
      if (unreadable > 0) {
        notices.say(
            "WARNING: "
                + unreadable
                + " events of "
                + name
                + " were dropped because the interpreter's memory could not be read");
      }
    }
    long missed = engine.get().missedExecs();
    if (missed > 0) {
      notices.say(
          "WARNING: " + missed + " programs started by the command could not be looked at in time");
    }
  }

  /// Runs the handlers of one kind of occasion in the order of their numbers.
  private void runOccasion(Machine machine, Class<? extends Occasion> kind) throws TracerException {
    List<Probe> due = new ArrayList<>();
    for (Probe probe : job.plan().program().probes()) {
      if (kind.isInstance(probe.occasion())) {
        due.add(probe);
      }
    }
    due.sort(Comparator.comparingLong(probe -> order(probe.occasion())));
    boolean begin = kind == Occasion.SessionBegin.class;
    for (Probe probe : due) {
      if (!begin || !machine.exiting()) {
        job.handlers().run(probe.index(), machine);
        output.take(machine);
      }
    }
  }

  private static long order(Occasion occasion) {
    return switch (occasion) {
      case Occasion.SessionBegin(long order) -> order;
      case Occasion.SessionEnd(long order) -> order;
      case Occasion.SessionError(long order) -> order;
      case Occasion.Timer timer -> 0;
      case Occasion.Life life -> 0;
      case Occasion.Never never -> 0;
      case Occasion.Marker marker -> 0;
    };
  }

  /// What a script tells while it runs.
  private final class Events implements ScriptEvents, Outside.Host {
    private Optional<Machine> machine = Optional.empty();

    @Override
    public void failed(ScriptError error) {
      errors++;
      if (limits().endsAfter(errors)) {
        machine.ifPresent(Machine::stop);
      }
      if (!limits().suppressErrors()) {
        notices.say("ERROR: " + error.report());
      }
    }

    @Override
    public void warned(ByteString text) {
      notices.say("WARNING: " + text);
    }

    @Override
    public void run(String command) {
      takeOutput();
      OwnCommand.start(command, notices);
    }

    @Override
    public void switchFile() {
      takeOutput();
      try {
        output.switchFile();
      } catch (TracerException failed) {
        notices.say("WARNING: cannot " + failed.tried() + ": " + failed.found());
      }
    }

    private void takeOutput() {
      try {
        output.take(machine.orElseThrow());
      } catch (TracerException failed) {
        machine.ifPresent(Machine::stop); // the next write fails the same way and says so
      }
    }
  }

  private <T extends AutoCloseable> T owned(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() throws TracerException {
    letGoAfterFailure();
    while (!open.isEmpty()) {
      release(open.pop());
    }
    output.close();
  }

  private void release(AutoCloseable resource) throws TracerException {
    switch (resource) {
      case KernelEngine closing -> closing.close();
      case ChildProcess closing -> {
        if (closing.poll().isEmpty()) {
          endCommand(closing);
        }
        closing.close();
      }
      case Pidfd closing -> closing.close();
      default -> throw new IllegalStateException("a session does not own " + resource);
    }
  }
}
