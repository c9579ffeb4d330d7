package pytap.session;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import pytap.linux.RecordHandler;
import pytap.runtime.Machine;
import pytap.target.ProcessStatus;
import pytap.target.RunningProcess;

/// Tells [Lives] what the tracer sees of a command's tree, in its place among the records: all that
/// a process wrote before it forked, executed a program or ended comes before, all that is written
/// after comes behind. The tracer's thread tells, at the stop itself; the session's runs handlers.
final class LifeEvents implements RecordMerge.Source {
  private record Event(long stamp, Consumer<Lives> what) {}

  private final Lives lives;
  private final Machine machine;
  private final int command;
  private int executionsLeft;
  private final Queue<Event> events = new ConcurrentLinkedQueue<>();

  /// @param command the process of the command
  /// @param executions how many programs it executes until it runs the command: shells of pytap's
  LifeEvents(Lives lives, Machine machine, int command, int executions) {
    this.lives = lives;
    this.machine = machine;
    this.command = command;
    this.executionsLeft = executions;
  }

  /// The process is there, stopped, and has run nothing yet of what it runs.
  void began(int process) {
    Optional<ProcessStatus> status = ProcessStatus.of(process);
    if (status.isPresent()) { // else it was killed just now and nothing of it ran
      Optional<Path> program = new RunningProcess(process).executable();
      add(System.nanoTime(), told -> told.began(process, program, status.get(), machine));
    }
  }

  /// The same, and it ran another program before, or the same once more.
  void executed(int process) {
    if (process == command && --executionsLeft > 0) {
      return;
    }
    ended(process, System.nanoTime());
    began(process);
  }

  void threadBegan(int process, int tid) {
    add(System.nanoTime(), told -> told.thread(process, tid, machine));
  }

  /// @param nanos when, as for [#ended]
  void threadEnded(int process, int tid, long nanos) {
    add(nanos, told -> told.threadEnded(process, tid, machine));
  }

  /// @param nanos when: before anyone in the tree could learn of it
  void ended(int process, long nanos) {
    add(nanos, told -> told.ended(process, machine));
  }

  private void add(long nanos, Consumer<Lives> what) {
    events.add(new Event(nanos, what));
  }

  @Override
  public OptionalLong nextStamp() {
    Event next = events.peek();
    return next == null ? OptionalLong.empty() : OptionalLong.of(next.stamp());
  }

  @Override
  public boolean isBlocked() {
    return false;
  }

  @Override
  public int drainUntil(long stamp, RecordHandler handler) {
    int told = 0;
    for (Event next = events.peek(); next != null && next.stamp() <= stamp; next = events.peek()) {
      events.remove();
      next.what().accept(lives);
      told++;
    }
    return told;
  }
}
