package pytap.session;

import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import pytap.ir.Probe;
import pytap.linux.ChildProcess;
import pytap.linux.ExitStatus;
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

  private final Kernel kernel;
  private final Job job;
  private final Notices notices;
  private final Interrupts interrupts;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final ScriptOutput output;
  private Optional<TargetProcess> target = Optional.empty();
  private Optional<Engine> engine = Optional.empty();
  private final long startNanos = System.nanoTime();
  private int errors;
  private boolean askedToEnd;

  private Session(Groundwork groundwork, Job job, Notices notices, Interrupts interrupts)
      throws TracerException {
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
    Engines engines = new Engines(groundwork, job, notices);
    engines.prepare();
    try (Session session = new Session(groundwork, job, notices, interrupts)) {
      return session.run(engines);
    }
  }

  private Outcome run(Engines engines) throws TracerException, UnresolvedPoint {
    if (job.pid().isPresent()) {
      target = Optional.of(TargetProcess.of(owned(Pidfd.open(kernel, job.pid().getAsInt()))));
    }
    if (job.command().isPresent()) {
      String command = ShellCommand.of(job.command().get());
      target = Optional.of(TargetProcess.of(owned(ChildProcess.hold(kernel, command))));
    }
    SessionInfo info = OwnProcess.describe(kernel, target.map(TargetProcess::pid).orElse(0));
    Events scriptEvents = new Events();
    ProcessSpaces spaces = new ProcessSpaces();
    ProcFileSystem files = new ProcFileSystem(Lookups.areMade(job.plan().program()), spaces);
    Outside.Places places = place -> engine.flatMap(it -> it.place(place));
    Outside outside =
        new Outside(new ProcessMemory(), files, spaces, places, scriptEvents, job.zone());
    Machine machine = new Machine(job.handlers(), info, outside, scriptEvents);
    scriptEvents.machine = Optional.of(machine);
    if (machine.refusesGlobals()) {
      return new Outcome.ScriptFailed(errors);
    }
    Lives lives = new Lives(job.plan().program(), job.handlers(), job.surroundings());
    int root = target.map(TargetProcess::pid).orElse(0);
    // The shell that holds the command back becomes one that runs it, or becomes it.
    LifeEvents lifeEvents = new LifeEvents(lives, machine, root, launch().isPresent() ? 2 : 1);
    openEngine(engines, lives.isEmpty() ? Optional.empty() : Optional.of(lifeEvents));
    boolean told = engine.filter(Engine::tellsLives).isPresent();
    LifeWatch watch = new LifeWatch(lives, root, launch(), told);
    runOccasion(machine, Occasion.SessionBegin.class);
    Timers timers = new Timers(job.plan().program(), System.nanoTime());
    if (!machine.exiting()) {
      watch.look(System.nanoTime(), machine);
      if (command().isPresent()) {
        command().get().release();
      }
      loop(machine, timers, watch);
    }
    return finish(machine, watch);
  }

  private void openEngine(Engines engines, Optional<LifeEvents> lives)
      throws TracerException, UnresolvedPoint {
    if (!job.plan().channels().isEmpty()) {
      engine = Optional.of(engines.open(target, lives));
    } else if (lives.isPresent() && command().isPresent()) {
      engine = engines.follower(target.orElseThrow(), lives.get());
    }
    engine.ifPresent(this::owned);
  }

  private Limits limits() {
    return job.handlers().shape().limits();
  }

  /// The command, where a shell is to `exec` it.
  private Optional<LifeWatch.Launch> launch() {
    Optional<String> program = job.command().flatMap(ShellCommand::program);
    if (command().isEmpty() || program.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new LifeWatch.Launch(
            new RunningProcess(command().get().pid()).executable(),
            job.surroundings().program(program.get())));
  }

  private Optional<ChildProcess> command() {
    return target.flatMap(TargetProcess::command);
  }

  private void loop(Machine machine, Timers timers, LifeWatch watch) throws TracerException {
    RecordHandler handler = handler(machine);
    boolean ended = false;
    while (!machine.exiting() && !ended) {
      watch.look(System.nanoTime(), machine);
      ended = targetHasEnded() || interrupts.count() > 0 || output.readerIsGone() || timeIsUp();
      int records = engine.isPresent() ? engine.get().drain(handler) : 0;
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
    int fd = flowing ? NO_DESCRIPTOR : engine.map(Engine::waitDescriptor).orElse(NO_DESCRIPTOR);
    OtherProcess.waitReadable(kernel, fd, millis);
  }

  private RecordHandler handler(Machine machine) {
    return (ring, offset, length) -> {
      int channel = ring.get(ValueLayout.JAVA_INT, offset + RecordLayout.CHANNEL_OFFSET);
      job.handlers().channel(channel, ring, offset, length, machine);
    };
  }

  private boolean timeIsUp() {
    return job.seconds().isPresent()
        && System.nanoTime() - startNanos >= job.seconds().getAsInt() * 1_000_000_000L;
  }

  private boolean targetHasEnded() throws TracerException {
    if (command().isPresent()) {
      return commandStatus().isPresent();
    }
    return target.isPresent() && target.get().attached().orElseThrow().hasEnded();
  }

  private Optional<ExitStatus> commandStatus() throws TracerException {
    if (command().isEmpty()) {
      return Optional.empty();
    }
    return engine.isPresent() ? engine.get().ended(command().get()) : command().get().poll();
  }

  private Outcome finish(Machine machine, LifeWatch watch) throws TracerException {
    boolean targetIsOver = targetHasEnded();
    Optional<ExitStatus> ended = commandStatus();
    if (engine.isPresent()) {
      engine.get().disarm(handler(machine));
    }
    if (targetIsOver) {
      watch.rootEnded(machine);
    }
    if (command().isPresent() && ended.isEmpty()) {
      endCommand(command().get());
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
    boolean sawNothing = ended.isPresent() && engine.isPresent() && engine.get().foundNothing();
    if (ended.isPresent() && ended.get().shellCode() != 0) {
      return new Outcome.CommandFailed(ended.get());
    }
    if (sawNothing && !MarkerResolver.areOfPython(job.plan())) {
      throw new TracerException(
          TracerException.Kind.UNSUPPORTED_MARKER,
          "trace what the command runs",
          "nothing that it ran has what the script probes",
          "check the names, or name the file: process(\"/path/to/program\")");
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
    for (String other : engine.get().otherLosses()) {
      notices.say("WARNING: " + other);
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
      case Occasion.InFile place -> 0;
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
    while (!open.isEmpty()) {
      release(open.pop());
    }
    output.close();
  }

  private void release(AutoCloseable resource) throws TracerException {
    switch (resource) {
      case Engine closing -> closing.close();
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
