package pytap.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import pytap.inject.Target;
import pytap.linux.Kernel;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Takes jumps back in all processes that have them: those that were armed, and whatever was forked
/// from them, wherever it is now. Belongs to a tracer's thread.
final class Disarmer {
  private static final String REGION = "/memfd:pytap";

  private final Kernel kernel;
  private final Inbox inbox;
  private final Set<Integer> done = new HashSet<>();

  Disarmer(Kernel kernel, Inbox inbox) {
    this.kernel = kernel;
    this.inbox = inbox;
  }

  /// A process that forks meanwhile hands its jumps on, until it is disarmed itself: so the others
  /// are looked for until none is found.
  ///
  /// @param armed the processes that are known to have been
  /// @return how many processes were disarmed
  int disarm(List<Integer> armed) {
    for (List<Integer> next = armed; !next.isEmpty(); next = found()) {
      next.forEach(this::disarm);
    }
    return done.size();
  }

  private void disarm(int process) {
    if (!done.add(process) || !hasRegion(new RunningProcess(process))) {
      return;
    }
    try (Target target = Target.running(kernel, process)) {
      target.disarm();
    } catch (TracerException refused) {
      if (new RunningProcess(process).exists()) {
        inbox.warn(refused);
      }
    }
  }

  private List<Integer> found() {
    List<Integer> found = new ArrayList<>();
    try {
      for (RunningProcess process : RunningProcess.all()) {
        if (!done.contains(process.pid()) && hasRegion(process)) {
          found.add(process.pid());
        }
      }
    } catch (IOException noProc) {
      return List.of();
    }
    return found;
  }

  private static boolean hasRegion(RunningProcess process) {
    try {
      Path maps = Path.of("/proc/" + process.pid() + "/maps");
      return Files.readString(maps, StandardCharsets.ISO_8859_1).contains(REGION);
    } catch (IOException gone) {
      return false;
    }
  }
}
