package pytap.session;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import pytap.linux.Kernel;
import pytap.linux.OtherProcess;
import pytap.linux.Signals;
import pytap.place.Plan;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Arms what the processes of the target run: at once for processes that are there, and for
/// programs that they execute later, while these are stopped at their first instruction.
final class TargetFollower {
  private final Kernel kernel;
  private final KernelProbes probes;
  private final MarkerResolver resolver;
  private final List<Plan.Channel> open;
  private final Notices notices;
  private final Set<String> said = new HashSet<>();
  private boolean armedAny;

  /// @param channels those of the plan; only the ones that name no process are followed
  TargetFollower(
      Kernel kernel,
      KernelProbes probes,
      MarkerResolver resolver,
      List<Plan.Channel> channels,
      Notices notices) {
    this.kernel = kernel;
    this.probes = probes;
    this.resolver = resolver;
    this.notices = notices;
    this.open = channels.stream().filter(channel -> channel.marker().process().isEmpty()).toList();
  }

  /// Whether the script has markers that name no process.
  boolean isNeeded() {
    return !open.isEmpty();
  }

  /// Whether any process was found to run something that such a marker is in.
  boolean armedAny() {
    return armedAny;
  }

  /// Arms what `process` runs.
  void arm(RunningProcess process) throws TracerException {
    List<ResolvedMarker> markers = new ArrayList<>();
    for (Plan.Channel channel : open) {
      markers.addAll(resolver.inProcess(channel, process));
    }
    arm(markers);
  }

  /// Arms `markers` and says what their mechanisms cannot see.
  void arm(List<ResolvedMarker> markers) throws TracerException {
    int sites = probes.arm(markers);
    for (ResolvedMarker marker : markers) {
      String file = marker.file().path().toString();
      for (String gap : marker.sites().notExact()) {
        sayOnce("WARNING: " + marker.sites().marker() + " in " + file + ": " + gap);
      }
      if (sites > 0) {
        describe(marker, file);
      }
    }
    armedAny |= !markers.isEmpty();
  }

  private void describe(ResolvedMarker marker, String file) {
    notices.detail(1, marker.sites().marker() + " in " + file + ": " + marker.sites().mechanism());
    marker
        .sites()
        .sites()
        .forEach(site ->
            notices.detail(
                2,
                "  0x"
                    + Long.toHexString(site.address())
                    + " "
                    + site.what()
                    + ", "
                    + site.cost()));
  }

  /// A process of the tree has executed a program, and the signal that stops it is under way. Arms
  /// the program, and lets the process go on whatever comes of it.
  void executed(int pid) throws TracerException {
    try {
      arm(new RunningProcess(pid));
    } catch (TracerException refused) {
      if (new RunningProcess(pid).exists()) {
        String remedy = refused.remedy().isEmpty() ? "" : "; " + refused.remedy();
        sayOnce("WARNING: cannot " + refused.tried() + ": " + refused.found() + remedy);
      }
    } finally {
      OtherProcess.signal(kernel, pid, Signals.CONT);
    }
  }

  private void sayOnce(String line) {
    if (said.add(line)) {
      notices.say(line);
    }
  }
}
