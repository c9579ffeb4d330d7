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

  /// The first strand, while it is the only one and has members.
  private Optional<Strand> only = Optional.empty();

  private boolean hasArmed;

  LaunchGuide(Kernel kernel, int command, Injector injector, Inbox inbox, RingSizes sizes) {
    this.kernel = kernel;
    this.command = command;
    this.injector = injector;
    this.inbox = inbox;
    this.sizes = sizes;
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
    // As long as there is one strand its order is enough, and the time is most of what a hit costs.
    only.ifPresent(Strand::stamp);
    only = Optional.empty();
    List<Strand> strands = injector.arm(target, new RunningProcess(process), ringBytes, hasArmed);
    if (strands.isEmpty()) {
      target.close();
    } else if (!hasArmed) {
      hasArmed = true;
      only = Optional.of(strands.getFirst());
    }
    members.opened(process, strands);
    for (Strand strand : strands) {
      inbox.put(new Inbox.Message.Opened(strand));
    }
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
  }

  @Override
  public void left(int process) {
    for (Strand strand : members.left(process)) {
      only = only.filter(it -> it != strand);
      inbox.put(new Inbox.Message.Retired(strand));
    }
  }

  @Override
  public void ended(int process, ExitStatus status) {
    if (process == command) {
      inbox.put(new Inbox.Message.CommandEnded(status));
    }
  }
}
