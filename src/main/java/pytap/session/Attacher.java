package pytap.session;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import pytap.inject.Target;
import pytap.linux.Kernel;
import pytap.source.TracerException;
import pytap.target.Mapping;
import pytap.target.RunningProcess;

/// Arms a running process and its descendants. Parents come first: what a process forks once it is
/// armed has inherited everything. Belongs to the tracer's thread.
final class Attacher {
  private final Kernel kernel;
  private final Injector injector;
  private final Inbox inbox;
  private final RingSizes sizes;
  private final Set<Long> regions = new HashSet<>();

  /// What was prepared for a process. Asked for once the process may be traced at all: why it may
  /// not is what the user is told first.
  interface Preparation {
    List<Prepared> done() throws TracerException;
  }

  Attacher(Kernel kernel, Injector injector, Inbox inbox, RingSizes sizes) {
    this.kernel = kernel;
    this.injector = injector;
    this.inbox = inbox;
    this.sizes = sizes;
  }

  /// @param preparation for the process itself
  /// @param armed takes a strand for each process, and each file with markers in it, also where
  ///   arming fails half way
  /// @return how many processes there are
  /// @throws TracerException where the process itself refuses
  int attach(TargetProcess root, Preparation preparation, List<Strand> armed)
      throws TracerException {
    int processes = count(root.process());
    try {
      arm(root.process(), preparation, sizes.next(0), processes, armed);
    } catch (TracerException refused) {
      throw root.hasEnded() ? root.withoutPython() : refused;
    }
    if (armed.isEmpty() && injector.seeksPython()) {
      throw root.withoutPython();
    }
    armChildren(root.process(), processes, armed);
    return processes;
  }

  private static int count(RunningProcess process) {
    int processes = 1;
    for (RunningProcess child : process.children()) {
      processes += count(child);
    }
    return processes;
  }

  private void armChildren(RunningProcess parent, int processes, List<Strand> armed) {
    for (RunningProcess child : parent.children()) {
      try {
        arm(child, () -> injector.prepareAvailable(child), sizes.each(processes), processes, armed);
      } catch (TracerException refused) {
        if (refused.kind() != TracerException.Kind.TARGET_GONE && child.runs()) {
          inbox.warn(refused);
        }
      }
      armChildren(child, processes, armed);
    }
  }

  /// The process itself always gets the same size, whatever children it has at the moment, so that
  /// the next pytap can use its region again.
  private void arm(
      RunningProcess process,
      Preparation preparation,
      long ringBytes,
      int processes,
      List<Strand> armed)
      throws TracerException {
    Target target = Target.running(kernel, process.pid());
    try {
      List<Strand> strands =
          inherited(target)
              ? List.of()
              : injector.arm(target, process, preparation.done(), ringBytes, processes > 1);
      armed.addAll(strands);
      strands.forEach(strand -> regions.add(strand.inode()));
      if (strands.isEmpty()) {
        target.close();
      }
    } catch (TracerException refused) {
      target.close();
      throw refused;
    }
  }

  /// Whether it was forked after its parent was armed.
  private boolean inherited(Target target) throws TracerException {
    for (Mapping mapping : target.mappings()) {
      if (regions.contains(mapping.inode())) {
        return true;
      }
    }
    return false;
  }
}
