package pytap.session;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import pytap.inject.Target;
import pytap.linux.Kernel;
import pytap.source.TracerException;
import pytap.target.Mapping;
import pytap.target.RunningProcess;

/// Takes jumps back in all processes that have them: those that were armed, and whatever was forked
/// from them, wherever it is now. Belongs to a tracer's thread.
final class Disarmer {
  private final Kernel kernel;
  private final Inbox inbox;
  private final List<Strand> strands;
  private final Set<Integer> done = new HashSet<>();

  Disarmer(Kernel kernel, Inbox inbox, List<Strand> strands) {
    this.kernel = kernel;
    this.inbox = inbox;
    this.strands = List.copyOf(strands);
  }

  /// A process that forks meanwhile hands its jumps on, until it is disarmed itself: so the others
  /// are looked for until none is found.
  ///
  /// @return how many processes were looked into
  int disarm() {
    strands.forEach(strand -> disarm(new RunningProcess(strand.process())));
    for (List<RunningProcess> next = found(); !next.isEmpty(); next = found()) {
      next.forEach(this::disarm);
    }
    return done.size();
  }

  private void disarm(RunningProcess process) {
    if (!done.add(process.pid()) || !hasRegion(process)) {
      return;
    }
    try (Target target = Target.running(kernel, process.pid())) {
      target.disarm();
    } catch (TracerException refused) {
      if (refused.kind() != TracerException.Kind.TARGET_GONE && process.runs()) {
        inbox.warn(refused);
      }
    }
  }

  private List<RunningProcess> found() {
    List<RunningProcess> found = new ArrayList<>();
    for (RunningProcess process : RunningProcess.all()) {
      boolean isThisOne = process.pid() == ProcessHandle.current().pid();
      if (!isThisOne && !done.contains(process.pid()) && hasRegion(process)) {
        found.add(process);
      }
    }
    return found;
  }

  private boolean hasRegion(RunningProcess process) {
    for (Mapping mapping : process.mappings(Target.REGION_PATH)) {
      if (strands.stream().anyMatch(strand -> strand.inode() == mapping.inode())) {
        return true;
      }
    }
    return false;
  }
}
