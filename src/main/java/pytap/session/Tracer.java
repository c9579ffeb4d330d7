package pytap.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import pytap.linux.ChildProcess;
import pytap.linux.Errno;
import pytap.linux.ExitStatus;
import pytap.linux.Kernel;
import pytap.linux.OtherProcess;
import pytap.linux.Ptrace;
import pytap.linux.Registers;
import pytap.linux.Signals;
import pytap.linux.ThreadEvent;
import pytap.source.TracerException;
import pytap.target.AddressRange;
import pytap.target.RunningProcess;

/// The one thread that traces other processes: the kernel ties a tracee to the thread that seized
/// it. It runs what it is given, one after the other, and follows the tree of a launched command.
///
/// While it follows a tree it is blocked in `wait4`, and to give it something a *bell* is rung: a
/// child of its own, a shell that only waits, which is stopped, so that the wait tells of it, and
/// continued. When the thread ends, the kernel lets go of all tracees, and stops none for that.
final class Tracer implements AutoCloseable {
  /// The events that were asked for: `PTRACE_EVENT_*` of Linux 6.6 include/uapi/linux/ptrace.h.
  private static final int FORK = 1;

  private static final int VFORK = 2;
  private static final int CLONE = 3;
  private static final int EXEC = 4;

  private static final int OPTIONS =
      Ptrace.TRACE_SYSTEM_CALLS
          | Ptrace.TRACE_FORK
          | Ptrace.TRACE_VFORK
          | Ptrace.TRACE_CLONE
          | Ptrace.TRACE_EXEC;

  /// What the tracer asks and tells while it follows a tree. Called on the tracer's thread; what
  /// fails is the guide's own affair.
  interface Guide {
    /// Whether the program that `process` has just executed is to be armed.
    boolean isToBeArmed(int process);

    /// `process` has one thread, held at the exit from a system call, and its program is loaded.
    void arm(int process);

    /// `process` is a copy of `parent`.
    void forked(int process, int parent);

    /// `process` is there, and its parent was killed before it told.
    void adopted(int process);

    /// `process` runs another program from now on.
    void executed(int process);

    void threadBegan(int process, int tid);

    /// Not told of the first thread of a process.
    ///
    /// @param nanos when, before any other thread could learn of it (`System.nanoTime`)
    void threadEnded(int process, int tid, long nanos);

    /// The memory of `process` is gone.
    void left(int process);

    /// @param nanos when, before any other process could learn of it (`System.nanoTime`)
    void ended(int process, ExitStatus status, long nanos);
  }

  private record Following(ProcessTree tree, Guide guide, Map<Integer, AddressRange> linkers) {}

  private final Kernel kernel;
  private final Ptrace ptrace;
  private final BlockingQueue<FutureTask<?>> tasks = new LinkedBlockingQueue<>();
  private final Thread thread = new Thread(this::run, "tracer");
  private Optional<Following> following = Optional.empty();
  private volatile Optional<ChildProcess> bell = Optional.empty();
  private volatile Optional<Exception> failure = Optional.empty();
  private volatile boolean over;
  private volatile Path ownTask = Path.of("/proc/no-thread");
  private boolean ending;

  /// When what is being seen to was seen first: before anyone else could learn of an end.
  private long seenNanos;

  private Tracer(Kernel kernel) {
    this.kernel = kernel;
    this.ptrace = new Ptrace(kernel);
  }

  static Tracer start(Kernel kernel) {
    Tracer tracer = new Tracer(kernel);
    tracer.thread.setDaemon(true);
    tracer.thread.start();
    return tracer;
  }

  /// Runs `task` on the tracer's thread some time.
  void post(Runnable task) throws TracerException {
    post(new FutureTask<>(task, Boolean.TRUE));
  }

  /// Runs `task` on the tracer's thread and waits for it.
  <T> T call(Callable<T> task) throws TracerException {
    return result(begin(task));
  }

  /// Runs `task` on the tracer's thread; its result is to be asked for with [#result].
  <T> FutureTask<T> begin(Callable<T> task) throws TracerException {
    FutureTask<T> future = new FutureTask<>(task);
    post(future);
    return future;
  }

  /// Waits for a task.
  <T> T result(FutureTask<T> future) throws TracerException {
    try {
      return future.get();
    } catch (CancellationException threadIsOver) {
      check();
      throw new IllegalStateException("the tracer's thread has ended", threadIsOver);
    } catch (ExecutionException thrown) {
      throw rethrown(Objects.requireNonNullElse(thrown.getCause(), thrown));
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("nothing interrupts this thread", interrupted);
    }
  }

  private static TracerException rethrown(Throwable thrown) {
    if (thrown instanceof TracerException refused) {
      return refused;
    }
    throw new IllegalStateException("on the tracer's thread", thrown);
  }

  /// Throws what ended the thread, where something did.
  void check() throws TracerException {
    if (failure.isPresent()) {
      throw rethrown(failure.get());
    }
  }

  private void post(FutureTask<?> task) throws TracerException {
    tasks.add(task);
    if (over) {
      task.cancel(false);
    }
    Optional<ChildProcess> rung = bell;
    if (rung.isPresent()) {
      OtherProcess.signal(kernel, rung.get().pid(), Signals.STOP);
    }
  }

  /// Traces the held command `root` and all that it starts, until nothing of that is left.
  void follow(int root, Guide guide) throws TracerException {
    call(() -> {
      long answer = ptrace.seize(root, OPTIONS);
      if (answer < 0) {
        throw refused(root, answer);
      }
      hangBell();
      Following now = new Following(new ProcessTree(root), guide, new HashMap<>());
      following = Optional.of(now);
      settle(now, root);
      return root;
    });
  }

  /// The shell that holds the command may not quite have been executed yet; what is told of it
  /// begins behind that. Any stop takes back what was asked for, so it is asked for again.
  private void settle(Following now, int root) throws TracerException {
    boolean settled = false;
    while (!settled) {
      ptrace.interrupt(root);
      ThreadEvent event = ptrace.awaitOwn(root).orElseThrow(Tracer::nobody);
      if (event.hasEnded() || event.isInterrupt() || event.isGroupStop()) {
        happened(now, event);
        settled = true;
      } else {
        ptrace.resume(root, Ptrace.Until.SIGNAL, event.pendingSignal());
        settled = event.event() == EXEC;
      }
    }
  }

  private static TracerException refused(int root, long answer) {
    return new TracerException(
        TracerException.Kind.NO_PERMISSION,
        "trace the command, process " + root,
        "the kernel answered " + Errno.text((int) -answer),
        "a container or a security module may forbid ptrace; as root --engine kernel does without");
  }

  private void run() {
    try {
      ownTask = Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
      while (!ending) {
        step();
      }
    } catch (IOException noProc) {
      failure = Optional.of(new UncheckedIOException(noProc));
    } catch (TracerException | RuntimeException thrown) {
      failure = Optional.of(thrown);
    } finally {
      takeBellDown();
      over = true;
      tasks.forEach(task -> task.cancel(false));
    }
  }

  private void step() throws TracerException {
    if (following.isEmpty()) {
      taken().run();
      return;
    }
    Following now = following.get();
    FutureTask<?> task = tasks.poll();
    if (task != null) {
      task.run();
    } else if (now.tree().isEmpty()) {
      following = Optional.empty();
      takeBellDown();
    } else {
      await(now);
    }
  }

  private void await(Following now) throws TracerException {
    int tid = ptrace.peekOwn().orElseThrow(Tracer::nobody);
    seenNanos = System.nanoTime();
    happened(now, ptrace.awaitOwn(tid).orElseThrow(Tracer::nobody));
  }

  private static IllegalStateException nobody() {
    return new IllegalStateException("there is nobody to wait for");
  }

  private FutureTask<?> taken() {
    try {
      return tasks.take();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("nothing interrupts this thread", interrupted);
    }
  }

  private void happened(Following now, ThreadEvent event) throws TracerException {
    if (event.tid() == bell.orElseThrow().pid()) {
      rung(event);
    } else {
      stop(event).ifPresent(stop -> carryOut(now, now.tree().happened(event.tid(), stop)));
    }
  }

  /// Ctrl-C in a terminal ends the bell as well.
  private void rung(ThreadEvent event) throws TracerException {
    if (event.hasEnded()) {
      hangBell();
    } else {
      OtherProcess.signal(kernel, event.tid(), Signals.CONT);
    }
  }

  private void hangBell() throws TracerException {
    takeBellDown();
    bell = Optional.of(ChildProcess.hold(kernel, "true"));
  }

  private void takeBellDown() {
    bell.ifPresent(ChildProcess::close);
    bell = Optional.empty();
  }

  private Optional<ProcessTree.Stop> stop(ThreadEvent event) {
    if (event.hasEnded()) {
      return Optional.of(new ProcessTree.Stop.Ended(ExitStatus.of(event.status())));
    }
    return switch (event.event()) {
      case 0 ->
          Optional.of(
              event.atSystemCall()
                  ? new ProcessTree.Stop.SystemCall()
                  : new ProcessTree.Stop.Signal(event.signal()));
      case FORK, VFORK, CLONE -> begot(event);
      case EXEC -> Optional.of(new ProcessTree.Stop.Executed());
      default ->
          Optional.of(
              event.isGroupStop() ? new ProcessTree.Stop.GroupStop() : new ProcessTree.Stop.Trap());
    };
  }

  /// Empty where the parent was killed at this moment: its end is still to be told.
  private Optional<ProcessTree.Stop> begot(ThreadEvent event) {
    return ptrace
        .eventMessage(event.tid())
        .map(message -> {
          int child = Math.toIntExact(message);
          int process = RunningProcess.ofThread(child).map(RunningProcess::pid).orElse(child);
          return new ProcessTree.Stop.Begot(child, process);
        });
  }

  private void carryOut(Following now, List<ProcessTree.Step> first) {
    Deque<ProcessTree.Step> steps = new ArrayDeque<>(first);
    while (!steps.isEmpty()) {
      steps.addAll(carryOut(now, steps.remove()));
    }
  }

  /// A thread that was killed meanwhile answers nothing more; its end is told later.
  ///
  /// @return what is to be done then
  private List<ProcessTree.Step> carryOut(Following now, ProcessTree.Step step) {
    Guide guide = now.guide();
    ProcessTree tree = now.tree();
    switch (step) {
      case ProcessTree.Step.Resume(int tid, int signal, boolean toSystemCall) ->
          ptrace.resume(tid, toSystemCall ? Ptrace.Until.SYSTEM_CALL : Ptrace.Until.SIGNAL, signal);
      case ProcessTree.Step.Leave(int tid) -> ptrace.resume(tid, Ptrace.Until.CONTINUED, 0);
      case ProcessTree.Step.Forked(int process, int parent) -> guide.forked(process, parent);
      case ProcessTree.Step.Adopted(int process) -> guide.adopted(process);
      case ProcessTree.Step.Executed(int process) -> guide.executed(process);
      case ProcessTree.Step.ThreadBegan(int process, int tid) -> guide.threadBegan(process, tid);
      case ProcessTree.Step.ThreadEnded(int process, int tid) ->
          guide.threadEnded(process, tid, seenNanos);
      case ProcessTree.Step.Ended(int process, ExitStatus status) ->
          guide.ended(process, status, seenNanos);
      case ProcessTree.Step.Left(int process) -> {
        now.linkers().remove(process);
        guide.left(process);
      }
      case ProcessTree.Step.LookAtProgram(int process) -> {
        return tree.program(process, guide.isToBeArmed(process));
      }
      case ProcessTree.Step.LookAtPlace(int process) -> {
        return tree.place(process, inLinker(now, process));
      }
      case ProcessTree.Step.Arm(int process) -> {
        guide.arm(process);
        return tree.armed(process);
      }
    }
    return List.of();
  }

  /// What a program executes first is the dynamic linker, unless it is linked statically.
  private boolean inLinker(Following now, int process) {
    Optional<Registers> registers = ptrace.registers(process);
    if (registers.isEmpty()) {
      return true;
    }
    long place = registers.get().get(Registers.Field.RIP);
    return now.linkers()
        .computeIfAbsent(process, pid -> linker(new RunningProcess(pid), place))
        .holds(place);
  }

  private static AddressRange linker(RunningProcess process, long firstPlace) {
    return process.fileAround(firstPlace).orElse(new AddressRange(0, 0));
  }

  /// Lets go of everything that is traced; returns when the kernel has.
  @Override
  public void close() throws TracerException {
    FutureTask<?> end = new FutureTask<>(() -> ending = true);
    post(end);
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("nothing interrupts this thread", interrupted);
    }
    while (Files.exists(ownTask)) {
      Thread.onSpinWait();
    }
  }
}
