package pytap.session;

import java.util.List;
import java.util.Optional;
import pytap.inject.StoppedThread;
import pytap.inject.Target;
import pytap.linux.ExitStatus;
import pytap.linux.Kernel;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Arms the programs that a launched command and what it starts execute, each before any Python of
/// it runs. Belongs to the tracer's thread.
final class LaunchGuide implements Tracer.Guide {
  private final Kernel kernel;
  private final int command;
  private final Injector injector;
  private final Inbox inbox;
  private final RingSizes sizes;
  private final Membership<Strand> members = new Membership<>();

  private final Stamping stamping;
  private final Optional<LifeEvents> lives;

  /// @param lives who is told of processes and threads that begin and end
  LaunchGuide(
      Kernel kernel,
      int command,
      Injector injector,
      Inbox inbox,
      RingSizes sizes,
      Optional<LifeEvents> lives) {
    this.kernel = kernel;
    this.command = command;
    this.injector = injector;
    this.inbox = inbox;
    this.sizes = sizes;
    this.lives = lives;
    this.stamping = new Stamping(lives.isPresent());
  }

  @Override
  public boolean isToBeArmed(int process) {
    try {
      return injector.mayHaveMarkers(new RunningProcess(process));
    } catch (TracerException refused) {
      warn(process, refused);
      return false;
    }
  }

  @Override
  public void arm(int process) {
    try {
      Target target = Target.stopped(kernel, new StoppedThread(process, false));
      try {
        armed(process, target);
      } catch (TracerException refused) {
        target.close();
        throw refused;
      }
    } catch (TracerException refused) {
      warn(process, refused);
    }
  }

  private void armed(int process, Target target) throws TracerException {
    long ringBytes = sizes.next(members.size());
    boolean stamped = stamping.beforeAnother();
    RunningProcess running = new RunningProcess(process);
    List<Strand> strands =
        injector.arm(target, running, injector.prepareAvailable(running), ringBytes, stamped);
    if (strands.isEmpty()) {
      target.close();
    }
    stamping.opened(strands);
    members.opened(process, strands);
    for (Strand strand : strands) {
      inbox.put(new Inbox.Message.Opened(strand));
    }
  }

  /// Nothing writes to this strand any more, and all of it has been read.
  void drained(Strand strand) {
    stamping.drained(strand);
  }

  /// Nothing is wrong with a process that is gone.
  private void warn(int process, TracerException refused) {
    if (refused.kind() != TracerException.Kind.TARGET_GONE && new RunningProcess(process).runs()) {
      inbox.warn(refused);
    }
  }

  @Override
  public void forked(int process, int parent) {
    members.forked(process, parent);
    lives.ifPresent(told -> told.began(process));
  }

  /// A thread may have been taken for a process, until its own tells of it.
  @Override
  public void adopted(int process) {
    boolean isProcess =
        RunningProcess.ofThread(process).filter(it -> it.pid() == process).isPresent();
    lives.filter(_ -> isProcess).ifPresent(told -> told.began(process));
  }

  @Override
  public void executed(int process) {
    lives.ifPresent(told -> told.executed(process));
  }

  @Override
  public void threadBegan(int process, int tid) {
    lives.ifPresent(told -> told.threadBegan(process, tid));
  }

  @Override
  public void threadEnded(int process, int tid, long nanos) {
    lives.ifPresent(told -> told.threadEnded(process, tid, nanos));
  }

  @Override
  public void left(int process) {
    for (Strand strand : members.left(process)) {
      inbox.put(new Inbox.Message.Retired(strand));
    }
  }

  @Override
  public void ended(int process, ExitStatus status, long nanos) {
    lives.ifPresent(told -> told.ended(process, nanos));
    if (process == command) {
      inbox.put(new Inbox.Message.CommandEnded(status));
    }
  }
}
