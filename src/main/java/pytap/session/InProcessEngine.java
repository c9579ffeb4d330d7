package pytap.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import pytap.gen.SharedHeader;
import pytap.linux.ChildProcess;
import pytap.linux.ExitStatus;
import pytap.linux.Kernel;
import pytap.linux.RecordHandler;
import pytap.place.Plan;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.runtime.ProbedPlace;
import pytap.source.TracerException;

/// Traces by code in the target: every process of the target has the programs in its own memory and
/// writes records to a ring that it shares with pytap and with the children that it forks. One
/// thread traces the processes; the session's thread drains the rings.
final class InProcessEngine implements Engine {
  private static final long TEND_NANOS = 10_000_000;

  private final Kernel kernel;
  private final Notices notices;
  private final Injector injector;
  private final Optional<LifeEvents> lives;
  private final Inbox inbox = new Inbox();
  private final Strands strands;
  private Optional<Tracer> tracer;
  private Optional<LaunchGuide> guide = Optional.empty();
  private Optional<Pursuit> pursuit = Optional.empty();
  private Optional<ExitStatus> commandStatus = Optional.empty();
  private boolean commandIsFollowed;
  private boolean armedAny;
  private boolean disarmed;
  private int refusalsTold;
  private long tendedNanos = System.nanoTime();

  private InProcessEngine(
      Kernel kernel,
      Job job,
      MarkerResolver resolver,
      List<ResolvedMarker> named,
      Optional<LifeEvents> lives,
      Notices notices) {
    this.lives = lives;
    this.kernel = kernel;
    this.notices = notices;
    this.injector = new Injector(job, resolver, named, inbox);
    this.strands = new Strands(job.plan(), lives);
    this.tracer = Optional.of(Tracer.start(kernel));
  }

  /// @param resolver for places that jumps can be written to
  /// @param named the markers that the script itself gives a file
  /// @param lives who is told what becomes of a command's processes
  /// @throws TracerException where the target cannot be armed; then nothing of it is changed
  static InProcessEngine open(
      Groundwork groundwork,
      Job job,
      TargetProcess target,
      MarkerResolver resolver,
      List<ResolvedMarker> named,
      Optional<LifeEvents> lives,
      Notices notices)
      throws TracerException {
    InProcessEngine engine =
        new InProcessEngine(groundwork.kernel(), job, resolver, named, lives, notices);
    try {
      engine.begin(groundwork, target, new RingSizes(job.bufferBytes()));
      return engine;
    } catch (TracerException refused) {
      engine.close();
      throw refused;
    }
  }

  private void begin(Groundwork groundwork, TargetProcess target, RingSizes sizes)
      throws TracerException {
    Tracer thread = tracer.orElseThrow();
    commandIsFollowed = target.command().isPresent();
    if (commandIsFollowed) {
      LaunchGuide launch = new LaunchGuide(kernel, target.pid(), injector, inbox, sizes, lives);
      guide = Optional.of(launch);
      thread.follow(target.pid(), launch);
    } else {
      Attacher attacher = new Attacher(kernel, injector, inbox, sizes);
      List<Strand> armed = new ArrayList<>();
      try {
        FutureTask<List<Prepared>> prepared =
            new FutureTask<>(() -> injector.prepare(target.process()));
        FutureTask<Integer> attached =
            thread.begin(() -> attacher.attach(target, () -> result(prepared, groundwork), armed));
        prepared.run();
        thread.result(attached);
        pursuit = Optional.of(new Pursuit(kernel, injector, inbox, sizes, target.process(), armed));
      } finally {
        armed.forEach(this::opened);
      }
    }
    readInbox();
  }

  /// Nothing of the target is changed before all steps have been taken once elsewhere.
  private static List<Prepared> result(FutureTask<List<Prepared>> prepared, Groundwork groundwork)
      throws TracerException {
    groundwork.rehearse();
    return Groundwork.result(prepared);
  }

  private void opened(Strand strand) {
    strands.open(strand);
    armedAny = true;
  }

  private void readInbox() {
    for (Optional<Inbox.Message> next = inbox.take(); next.isPresent(); next = inbox.take()) {
      switch (next.get()) {
        case Inbox.Message.Opened(Strand strand) -> opened(strand);
        case Inbox.Message.Retired(Strand strand) -> strands.retire(strand);
        case Inbox.Message.CommandEnded(ExitStatus status) -> commandStatus = Optional.of(status);
        case Inbox.Message.Say(String line) -> notices.say(line);
        case Inbox.Message.Detail(int level, String line) -> notices.detail(level, line);
      }
    }
  }

  @Override
  public int drain(RecordHandler handler) throws TracerException {
    if (tracer.isPresent()) {
      tracer.get().check();
    }
    readInbox();
    int records = strands.drain(System.nanoTime(), handler);
    tend();
    return records;
  }

  /// What is over is closed, and threads that could not be let go at once are, by the thread that
  /// traces them.
  private void tend() throws TracerException {
    List<Strand> over = strands.takeOver();
    long nowNanos = System.nanoTime();
    boolean due = nowNanos - tendedNanos > TEND_NANOS;
    if (due) {
      tellRefusals();
    }
    if (tracer.isPresent() && (due || !over.isEmpty())) {
      tendedNanos = nowNanos;
      List<Strand> tended = List.copyOf(strands.live());
      tracer
          .get()
          .post(() -> {
            tended.forEach(strand -> strand.target().tend());
            guide.ifPresent(it -> over.forEach(it::drained));
            pursuit.ifPresent(it -> over.forEach(it::drained));
            over.forEach(strand -> strand.target().close());
            pursuit.ifPresent(Pursuit::look);
          });
    }
  }

  /// The target registers by itself what it is to call, and so it comes out late where it cannot.
  private void tellRefusals() {
    int refusals = strands.refusals() & ~refusalsTold;
    refusalsTold |= refusals;
    if ((refusals & SharedHeader.NO_TOOL_FREE) != 0) {
      notices.say(
          "WARNING: an interpreter's lines are not traced: the tools 3 and 4 of its sys.monitoring"
              + " are in use; pytap takes one of them where it is given free before pytap begins");
    }
    if ((refusals & SharedHeader.REFUSED) != 0) {
      notices.say(
          "WARNING: an interpreter's lines are not traced: it lets no callback of sys.monitoring be"
              + " registered, as an audit hook of the program may demand");
    }
  }

  @Override
  public boolean tellsLives() {
    return commandIsFollowed && lives.isPresent();
  }

  @Override
  public boolean isBehind() {
    return strands.isBehind();
  }

  /// The rings wake nobody up: what is traced does not wait for the kernel.
  @Override
  public int waitDescriptor() {
    return -1;
  }

  @Override
  public Optional<ExitStatus> ended(ChildProcess command) throws TracerException {
    readInbox();
    if (commandStatus.isPresent()) {
      command.collected(commandStatus.get());
    }
    return disarmed ? command.poll() : commandStatus;
  }

  @Override
  public boolean foundNothing() {
    return injector.seeksPython() && !armedAny;
  }

  /// Its records name no places: they are of CPython's markers only.
  @Override
  public Optional<ProbedPlace> place(long place) {
    return Optional.empty();
  }

  @Override
  public long lost(Plan.Channel channel) {
    return strands.lost(channel);
  }

  @Override
  public long unreadable(Plan.Channel channel) {
    return strands.unreadable(channel);
  }

  @Override
  public List<String> otherLosses() {
    long abandoned = strands.abandoned();
    return abandoned == 0
        ? List.of()
        : List.of(abandoned + " events were lost because their process was killed meanwhile");
  }

  /// Lets go of what is traced, stopping nothing, and then takes every jump back.
  @Override
  public void disarm(RecordHandler handler) throws TracerException {
    if (disarmed) {
      return;
    }
    disarmed = true;
    tellRefusals();
    strands.endFollowing();
    if (tracer.isPresent()) {
      tracer.get().close();
    }
    readInbox();
    if (!strands.live().isEmpty()) {
      try (Tracer last = Tracer.start(kernel)) {
        Disarmer disarmer = new Disarmer(kernel, inbox, strands.live());
        last.call(disarmer::disarm);
      }
      readInbox();
    }
    strands.drainAll(handler);
  }

  @Override
  public void close() throws TracerException {
    try {
      disarm((ring, offset, length) -> {});
    } finally {
      strands.close();
    }
  }
}
