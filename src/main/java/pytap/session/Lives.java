package pytap.session;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.probe.Occasion;
import pytap.resolve.Surroundings;
import pytap.runtime.Handlers;
import pytap.runtime.Machine;
import pytap.runtime.ProcessFacts;
import pytap.target.ProcessStatus;

/// Runs the handlers of `process.begin`, `process.end` and their like for threads. Who knows of a
/// life says so with [#began], [#look] and [#ended], in any order and as often as it likes: each
/// handler runs once for each program that a process runs, and for each thread.
final class Lives {
  private final List<Probe> probes = new ArrayList<>();
  private final Handlers handlers;
  private final Surroundings surroundings;
  private final Map<Integer, Life> lives = new LinkedHashMap<>();
  private final Set<Integer> over = new LinkedHashSet<>();

  /// A process that runs a program.
  private static final class Life {
    final Optional<Path> program;
    final ProcessStatus status;
    final Set<Integer> threads = new LinkedHashSet<>();

    Life(Optional<Path> program, ProcessStatus status) {
      this.program = program;
      this.status = status;
    }
  }

  Lives(Program program, Handlers handlers, Surroundings surroundings) {
    this.handlers = handlers;
    this.surroundings = surroundings;
    for (Probe probe : program.probes()) {
      if (probe.occasion() instanceof Occasion.Life) {
        probes.add(probe);
      }
    }
  }

  /// Whether no handler waits for anything.
  boolean isEmpty() {
    return probes.isEmpty();
  }

  /// The processes that are named by their ids.
  Set<Integer> named() {
    Set<Integer> named = new LinkedHashSet<>();
    for (Probe probe : probes) {
      if (probe.occasion() instanceof Occasion.Life life) {
        life.pid().ifPresent(named::add);
      }
    }
    return named;
  }

  /// Whether a handler waits for lives of any process.
  boolean anyUnnamed() {
    for (Probe probe : probes) {
      if (probe.occasion() instanceof Occasion.Life life && life.pid().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /// The ids of the processes that have begun and not ended.
  List<Integer> running() {
    return new ArrayList<>(lives.keySet());
  }

  /// Whether `pid` has ever begun.
  boolean knows(int pid) {
    return lives.containsKey(pid) || over.contains(pid);
  }

  /// `pid` runs `program`, where that is known.
  void began(int pid, Optional<Path> program, ProcessStatus status, Machine machine) {
    Life known = lives.get(pid);
    if (known != null && known.program.equals(program)) {
      return;
    }
    ended(pid, machine);
    Life life = new Life(program, status);
    lives.put(pid, life);
    run(Occasion.Event.PROCESS_BEGIN, pid, pid, life, machine);
    thread(pid, pid, machine);
  }

  /// The process `pid`, which has begun, has the thread `tid`.
  void thread(int pid, int tid, Machine machine) {
    Life life = lives.get(pid);
    if (life != null && life.threads.add(tid)) {
      run(Occasion.Event.THREAD_BEGIN, pid, tid, life, machine);
    }
  }

  /// The thread `tid` of `pid` has ended.
  void threadEnded(int pid, int tid, Machine machine) {
    Life life = lives.get(pid);
    if (life != null && life.threads.remove(tid)) {
      run(Occasion.Event.THREAD_END, pid, tid, life, machine);
    }
  }

  /// Looks which threads `pid` has now.
  void look(int pid, Machine machine) {
    Life life = lives.get(pid);
    if (life == null) {
      return;
    }
    List<Integer> now = ProcessStatus.threads(pid);
    for (int tid : now) {
      thread(pid, tid, machine);
    }
    for (int tid : new ArrayList<>(life.threads)) {
      if (!now.contains(tid)) {
        threadEnded(pid, tid, machine);
      }
    }
  }

  /// The process `pid` has ended, or runs another program now.
  void ended(int pid, Machine machine) {
    Life life = lives.get(pid);
    if (life == null) {
      return;
    }
    for (int tid : new ArrayList<>(life.threads)) {
      threadEnded(pid, tid, machine);
    }
    lives.remove(pid);
    over.add(pid);
    run(Occasion.Event.PROCESS_END, pid, pid, life, machine);
  }

  private void run(Occasion.Event event, int pid, int tid, Life life, Machine machine) {
    ProcessStatus status = life.status;
    for (Probe probe : probes) {
      if (machine.exiting()
          || !(probe.occasion() instanceof Occasion.Life wanted)
          || wanted.event() != event
          || !fits(wanted, pid, life)) {
        continue;
      }
      machine.moment.setProcess(
          new ProcessFacts(
              pid,
              tid,
              status.ppid(),
              status.uid(),
              status.gid(),
              status.euid(),
              status.egid(),
              status.name()));
      handlers.run(probe.index(), machine);
    }
  }

  private boolean fits(Occasion.Life wanted, int pid, Life life) {
    if (wanted.pid().isPresent()) {
      return wanted.pid().getAsInt() == pid;
    }
    return wanted.process().isEmpty()
        || (life.program.isPresent()
            && surroundings.names(wanted.process().get(), life.program.get()));
  }
}
