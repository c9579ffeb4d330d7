package pytap.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import pytap.linux.ExitStatus;

/// The threads of a launched command and of all that it starts, each traced from its first
/// instruction on: what has become of them, and what is to be done after each of their stops. Knows
/// no kernel: it is told what happened and answers with steps.
///
/// A program that is executed is looked at. One that is to be armed goes on from system call to
/// system call while the dynamic linker loads it; its first call from outside the linker is
/// finished, and there, with one thread, every library in place and nothing of it run yet but
/// initialisers of libraries, it is armed.
///
/// A new thread stops before its first instruction. That may be reported before its parent's event
/// that tells whose it is; until then it is kept.
final class ProcessTree {

  /// Why a thread stopped, or that it ended.
  sealed interface Stop {
    record Ended(ExitStatus status) implements Stop {}

    /// It has made a thread, or a process.
    ///
    /// @param process the process that the new thread belongs to: itself where it is a process
    record Begot(int tid, int process) implements Stop {}

    /// It has executed a program; its process has no other thread any more.
    record Executed() implements Stop {}

    /// At the entry to a system call or the exit from it, in a thread that was resumed to there.
    record SystemCall() implements Stop {}

    /// Before a signal is delivered.
    record Signal(int number) implements Stop {}

    /// Its process was stopped by a signal such as SIGSTOP.
    record GroupStop() implements Stop {}

    /// It is new, or its process goes on after a group stop.
    record Trap() implements Stop {}
  }

  /// What is to be done.
  sealed interface Step {
    /// @param toSystemCall only to its next entry to or exit from a system call
    record Resume(int tid, int signal, boolean toSystemCall) implements Step {}

    /// The thread stays in its group stop until its process is continued.
    record Leave(int tid) implements Step {}

    /// Answered by [#program].
    record LookAtProgram(int process) implements Step {}

    /// Answered by [#place].
    record LookAtPlace(int process) implements Step {}

    /// Answered by [#armed].
    record Arm(int process) implements Step {}

    /// `process` is a copy of `parent`.
    record Forked(int process, int parent) implements Step {}

    /// `process` is there, and who made it was killed before it told.
    record Adopted(int process) implements Step {}

    /// `process` runs another program from now on.
    record Executed(int process) implements Step {}

    record ThreadBegan(int process, int tid) implements Step {}

    /// Not told of the first thread of a process.
    record ThreadEnded(int process, int tid) implements Step {}

    /// The memory that `process` had is gone: it has ended or executed a program.
    record Left(int process) implements Step {}

    record Ended(int process, ExitStatus status) implements Step {}
  }

  private enum State {
    RUNNING,
    /// To be armed; in the call that executed the program.
    EXECUTING,
    /// To be armed; in the dynamic linker.
    LOADING,
    /// To be armed; in its first own system call.
    LOADED
  }

  private record Member(int process, State state) {}

  private final Map<Integer, Member> threads = new LinkedHashMap<>();
  private final Map<Integer, Stop> unclaimed = new HashMap<>();

  /// New threads that were killed before it was told whose they are.
  private final Set<Integer> neverClaimed = new HashSet<>();

  /// @param root the one thread of the command that is held back
  ProcessTree(int root) {
    threads.put(root, new Member(root, State.RUNNING));
  }

  /// Whether no thread is left.
  boolean isEmpty() {
    return threads.isEmpty() && unclaimed.isEmpty();
  }

  /// The processes that are there, by their numbers.
  List<Integer> processes() {
    TreeSet<Integer> processes = new TreeSet<>();
    threads.values().forEach(member -> processes.add(member.process()));
    return List.copyOf(processes);
  }

  /// What is to be done now that this has happened to thread `tid`.
  List<Step> happened(int tid, Stop stop) {
    return switch (stop) {
      case Stop.Ended(ExitStatus status) -> ended(tid, status);
      case Stop.Begot(int child, int process) -> begot(tid, child, process);
      case Stop.Executed executed -> executed(tid);
      case Stop.SystemCall call -> List.of(atSystemCall(tid));
      case Stop.Signal(int number) -> List.of(resume(tid, number));
      case Stop.GroupStop group -> stopped(tid, stop);
      case Stop.Trap trap -> stopped(tid, stop);
    };
  }

  /// The answer to [Step.LookAtProgram].
  List<Step> program(int process, boolean isToBeArmed) {
    threads.put(process, new Member(process, isToBeArmed ? State.EXECUTING : State.RUNNING));
    return List.of(resume(process, 0));
  }

  /// The answer to [Step.LookAtPlace].
  List<Step> place(int process, boolean inLinker) {
    State before = state(process);
    State after = before == State.LOADING && !inLinker ? State.LOADED : State.LOADING;
    threads.put(process, new Member(process, after));
    return List.of(resume(process, 0));
  }

  /// The answer to [Step.Arm], whether or not it could be.
  List<Step> armed(int process) {
    threads.put(process, new Member(process, State.RUNNING));
    return List.of(resume(process, 0));
  }

  private List<Step> ended(int tid, ExitStatus status) {
    Member member = threads.remove(tid);
    if (unclaimed.remove(tid) != null) {
      neverClaimed.add(tid);
    }
    if (member == null) {
      return List.of();
    }
    if (member.process() != tid) {
      return List.of(new Step.ThreadEnded(member.process(), tid));
    }
    threads.values().removeIf(other -> other.process() == tid);
    List<Step> steps = new ArrayList<>(List.of(new Step.Left(tid), new Step.Ended(tid, status)));
    steps.addAll(claimAll());
    return steps;
  }

  /// A parent that was killed does not report its child any more.
  private List<Step> claimAll() {
    List<Step> steps = new ArrayList<>();
    unclaimed.forEach((tid, stop) -> {
      threads.put(tid, new Member(tid, State.RUNNING));
      steps.add(new Step.Adopted(tid));
      steps.add(goOn(tid, stop));
    });
    unclaimed.clear();
    neverClaimed.clear();
    return steps;
  }

  private List<Step> begot(int parent, int child, int process) {
    if (neverClaimed.remove(child)) {
      return List.of(resume(parent, 0));
    }
    List<Step> steps = new ArrayList<>();
    if (child == process) {
      Member member = threads.get(parent);
      steps.add(new Step.Forked(child, member == null ? parent : member.process()));
    } else {
      steps.add(new Step.ThreadBegan(process, child));
    }
    threads.putIfAbsent(child, new Member(process, State.RUNNING));
    Stop stop = unclaimed.remove(child);
    if (stop != null) {
      steps.add(goOn(child, stop));
    }
    steps.add(resume(parent, 0));
    return steps;
  }

  private List<Step> executed(int process) {
    threads.values().removeIf(member -> member.process() == process);
    threads.put(process, new Member(process, State.RUNNING));
    return List.of(
        new Step.Left(process), new Step.Executed(process), new Step.LookAtProgram(process));
  }

  private Step atSystemCall(int tid) {
    return switch (state(tid)) {
      case RUNNING -> resume(tid, 0);
      case EXECUTING, LOADING -> new Step.LookAtPlace(tid);
      case LOADED -> new Step.Arm(tid);
    };
  }

  private List<Step> stopped(int tid, Stop stop) {
    if (!threads.containsKey(tid)) {
      unclaimed.put(tid, stop);
      return List.of();
    }
    return List.of(goOn(tid, stop));
  }

  private Step goOn(int tid, Stop stop) {
    return stop instanceof Stop.GroupStop ? new Step.Leave(tid) : resume(tid, 0);
  }

  private Step resume(int tid, int signal) {
    return new Step.Resume(tid, signal, state(tid) != State.RUNNING);
  }

  private State state(int tid) {
    Member member = threads.get(tid);
    return member == null ? State.RUNNING : member.state();
  }
}
