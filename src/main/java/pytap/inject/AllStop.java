package pytap.inject;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import pytap.linux.Errno;
import pytap.linux.Ptrace;
import pytap.linux.Registers;
import pytap.linux.ThreadEvent;
import pytap.source.TracerException;

/// Every thread of a process, stopped. Closing lets them go as if they had never been.
///
/// A thread that sleeps in the kernel without hearing (state D: the parent of a vfork, say) counts
/// as stopped: it stops before it returns to its program.
final class AllStop implements AutoCloseable {
  private static final long PATIENCE_NANOS = 5_000_000_000L;
  private static final long DEAF_AFTER_NANOS = 20_000_000L;
  private static final long PAUSE_NANOS = 50_000L;

  /// A stopped thread.
  ///
  /// @param registers as they are to be when it goes on
  /// @param groupStop whether its process was stopped by a signal
  record Held(int tid, Registers registers, boolean groupStop) {}

  private final Ptrace ptrace;
  private final ProcessFiles process;
  private final boolean ownChild;
  private final Set<Integer> deaf;
  private final Map<Integer, Held> held = new TreeMap<>();
  private final Set<Integer> seen = new HashSet<>();
  private final Set<Integer> traced = new HashSet<>();
  private final Set<Integer> ended = new HashSet<>();
  private final long deadline = System.nanoTime() + PATIENCE_NANOS;
  private final boolean letsGo;

  private AllStop(
      Ptrace ptrace, ProcessFiles process, boolean ownChild, Set<Integer> deaf, boolean letsGo) {
    this.ptrace = ptrace;
    this.process = process;
    this.ownChild = ownChild;
    this.deaf = deaf;
    this.letsGo = letsGo;
  }

  /// Stops every thread.
  ///
  /// @param ownChild whether somebody else here asks how the process ended
  /// @param deaf threads that are traced and will stop: some may be left from the last time, and
  ///   some may be added
  static AllStop of(Ptrace ptrace, ProcessFiles process, boolean ownChild, Set<Integer> deaf)
      throws TracerException {
    AllStop stop = new AllStop(ptrace, process, ownChild, deaf, true);
    try {
      stop.stopAll();
    } catch (TracerException refused) {
      stop.close();
      throw refused;
    }
    return stop;
  }

  /// The one thread of a process that is held already, and is not let go at the end.
  static AllStop holding(Ptrace ptrace, ProcessFiles process) throws TracerException {
    AllStop stop = new AllStop(ptrace, process, true, new HashSet<>(), false);
    Registers registers =
        ptrace.registers(process.pid()).orElseThrow(() -> Refusals.gone(process.pid()));
    stop.held.put(process.pid(), new Held(process.pid(), registers, false));
    return stop;
  }

  List<Held> threads() {
    return List.copyOf(held.values());
  }

  /// Whether a thread has one of these addresses in a register.
  boolean holds(List<Long> addresses) {
    for (Held thread : held.values()) {
      for (Registers.Field field : Registers.Field.values()) {
        if (addresses.contains(thread.registers().get(field))) {
          return true;
        }
      }
    }
    return false;
  }

  /// A thread that is seized runs on; what takes time is done before the first one is stopped.
  ///
  /// While a thread is traced, signals that its process ignores are not thrown away as they are
  /// sent (Linux 6.6 kernel/signal.c `sig_ignored`) but wake some thread, whose call they may end
  /// with EINTR. So threads in such calls are the first to be stopped and the last to be let go.
  private void stopAll() throws TracerException {
    List<Integer> found = unseen();
    while (!found.isEmpty()) {
      List<Integer> delicate = new ArrayList<>();
      List<Integer> others = new ArrayList<>();
      for (int tid : found) {
        (isDelicate(tid) ? delicate : others).add(tid);
      }
      for (int tid : delicate) {
        interrupt(seize(tid));
      }
      List<Integer> seized = new ArrayList<>();
      for (int tid : others) {
        seized.addAll(seize(tid));
      }
      interrupt(seized);
      for (int tid : found) {
        awaitStop(tid);
      }
      found = unseen();
    }
    if (held.isEmpty() && deaf.isEmpty()) {
      throw Refusals.gone(process.pid());
    }
  }

  private List<Integer> unseen() {
    List<Integer> tids = new ArrayList<>();
    for (int tid : process.threads()) {
      if (seen.add(tid)) {
        tids.add(tid);
      }
    }
    return tids;
  }

  private boolean isDelicate(int tid) {
    Optional<Integer> call = process.systemCall(tid);
    return call.isPresent() && InterruptedCall.isEndedByStop(call.get());
  }

  private void interrupt(List<Integer> tids) {
    for (int tid : tids) {
      ptrace.interrupt(tid);
    }
  }

  /// Returns the thread where it is to be interrupted: not where it has ended, nor where that has
  /// been asked of it before.
  private List<Integer> seize(int tid) throws TracerException {
    if (deaf.contains(tid)) {
      traced.add(tid);
      return List.of();
    }
    long answer = ptrace.seize(tid, Ptrace.TRACE_SYSTEM_CALLS);
    while (answer == -Errno.EPERM
        && process.lives(tid)
        && process.number(tid, "TracerPid") != 0
        && System.nanoTime() < deadline) {
      LockSupport.parkNanos(20 * PAUSE_NANOS); // another pytap is at it, for milliseconds
      answer = ptrace.seize(tid, Ptrace.TRACE_SYSTEM_CALLS);
    }
    if (answer < 0) {
      if (answer != -Errno.ESRCH && process.lives(tid)) {
        throw Refusals.notTraceable(process, tid, (int) -answer);
      }
      ended.add(tid);
      return List.of();
    }
    traced.add(tid);
    return List.of(tid);
  }

  private void awaitStop(int tid) throws TracerException {
    if (ended.contains(tid)) {
      return;
    }
    long start = System.nanoTime();
    Pause pause = new Pause();
    while (!settle(tid)) {
      pause.pause();
      if (!pause.isLong()) {
        continue;
      }
      if (!process.lives(tid)) {
        ended.add(tid);
        return;
      }
      long now = System.nanoTime();
      if (now - start > DEAF_AFTER_NANOS
          && process.state(tid) == 'D'
          && process.systemCall(tid).isPresent()) {
        deaf.add(tid);
        return;
      }
      if (now > deadline) {
        throw new TracerException(
            TracerException.Kind.KERNEL_REFUSED,
            "stop process " + process.pid(),
            "its thread " + tid + " does not stop (state " + process.state(tid) + ")",
            "try again, or use --engine kernel, which stops nothing");
      }
    }
    deaf.remove(tid);
  }

  /// Looks once; returns whether the thread is held, or over.
  private boolean settle(int tid) {
    Optional<ThreadEvent> event = poll(tid);
    if (event.isEmpty()) {
      return false;
    }
    if (event.get().hasEnded()) {
      ended.add(tid);
      traced.remove(tid);
      return true;
    }
    if (!event.get().isInterrupt() && !event.get().isGroupStop()) {
      ptrace.resume(tid, Ptrace.Until.SIGNAL, event.get().pendingSignal());
      return false;
    }
    Optional<Registers> registers = ptrace.registers(tid);
    if (registers.isEmpty()) {
      ended.add(tid);
      return true;
    }
    // At once: pytap may be killed while it holds the thread.
    Registers remedied = InterruptedCall.remedied(registers.get());
    if (InterruptedCall.isEnded(registers.get())) {
      ptrace.setRegisters(tid, remedied);
    }
    held.put(tid, new Held(tid, remedied, event.get().isGroupStop()));
    return true;
  }

  /// The end of our own child is for others to hear of; that of other threads must be asked for, or
  /// their process would wait for us.
  private Optional<ThreadEvent> poll(int tid) {
    return ownChild && tid == process.pid() ? ptrace.pollStop(tid) : ptrace.poll(tid);
  }

  /// Lets go of those that need not wait any longer: all but `tid`, and but those in calls that a
  /// signal might end with EINTR while `tid` is traced.
  void releaseAllBut(int tid) {
    if (letsGo) {
      for (Held thread : threads()) {
        if (thread.tid() != tid && !wasDelicate(thread.tid())) {
          release(thread.tid());
        }
      }
    }
  }

  private void release(int tid) {
    Held thread = held.remove(tid);
    traced.remove(tid);
    if (thread == null || !letGo(ptrace, tid, thread.registers())) {
      deaf.add(tid);
    }
  }

  /// Lets all go.
  @Override
  public void close() {
    if (!letsGo) {
      return;
    }
    holdRest();
    List<Integer> order = new ArrayList<>(traced);
    order.sort(Comparator.comparing(this::wasDelicate));
    order.forEach(this::release);
    settleDeaf(ptrace, process, ownChild, deaf, DEAF_AFTER_NANOS);
  }

  /// Where stopping broke off half way, some threads were seized and not yet waited for; they too
  /// are let go in order.
  private void holdRest() {
    long until = System.nanoTime() + DEAF_AFTER_NANOS;
    for (int tid : traced) {
      if (!held.containsKey(tid) && !deaf.contains(tid)) {
        ptrace.interrupt(tid);
      }
    }
    for (int tid : List.copyOf(traced)) {
      while (!held.containsKey(tid)
          && !ended.contains(tid)
          && !deaf.contains(tid)
          && !settle(tid)
          && process.lives(tid)
          && System.nanoTime() < until) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /// The same for up to `nanos`.
  static void settleDeaf(
      Ptrace ptrace, ProcessFiles process, boolean ownChild, Set<Integer> deaf, long nanos) {
    long until = System.nanoTime() + nanos;
    while (!settleDeaf(ptrace, process, ownChild, deaf) && System.nanoTime() < until) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private boolean wasDelicate(int tid) {
    Held thread = held.get(tid);
    return thread != null
        && InterruptedCall.isEndedByStop((int) thread.registers().get(Registers.Field.ORIG_RAX));
  }

  /// Returns whether it was still stopped.
  private static boolean letGo(Ptrace ptrace, int tid, Registers registers) {
    if (InterruptedCall.isEnded(registers)) {
      ptrace.setRegisters(tid, InterruptedCall.remedied(registers));
    }
    return ptrace.resume(tid, Ptrace.Until.NEVER, 0) >= 0;
  }

  /// Lets those go that have stopped by now, and hears of the end of those that have ended: until
  /// then, nobody else would. Returns whether none is left.
  static boolean settleDeaf(
      Ptrace ptrace, ProcessFiles process, boolean ownChild, Set<Integer> deaf) {
    for (int tid : List.copyOf(deaf)) {
      boolean endIsForOthers = ownChild && tid == process.pid();
      Optional<ThreadEvent> event = endIsForOthers ? ptrace.pollStop(tid) : ptrace.poll(tid);
      if (event.isPresent()) {
        if (event.get().pendingSignal() != 0) {
          ptrace.resume(tid, Ptrace.Until.SIGNAL, event.get().pendingSignal());
          continue;
        }
        ptrace.registers(tid).ifPresent(registers -> letGo(ptrace, tid, registers));
        deaf.remove(tid);
      } else if (!process.threads().contains(tid) || endIsForOthers && !process.lives(tid)) {
        deaf.remove(tid);
      }
    }
    return deaf.isEmpty();
  }
}
