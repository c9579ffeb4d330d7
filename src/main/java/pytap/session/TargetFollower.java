package pytap.session;

import java.util.List;
import java.util.Optional;
import pytap.place.Plan;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.runtime.ProbedPlace;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// Arms what the processes of the target run: at once for processes that are there, and for
/// programs that they execute later.
final class TargetFollower {
  private final KernelProbes probes;
  private final JumpGuard guard;
  private final OpenMarkers open;
  private final MarkerNotices notices;
  private boolean armedAny;

  /// @param channels those of the plan; only the ones that name no process are followed
  TargetFollower(
      KernelProbes probes,
      JumpGuard guard,
      MarkerResolver resolver,
      List<Plan.Channel> channels,
      Notices notices) {
    this.probes = probes;
    this.guard = guard;
    this.notices = new MarkerNotices(notices);
    this.open = new OpenMarkers(resolver, channels);
  }

  /// Whether the script has markers that name no process.
  boolean isNeeded() {
    return !open.isEmpty();
  }

  /// Whether any process was found to run something that such a marker is in.
  boolean armedAny() {
    return armedAny;
  }

  /// Arms what `process` runs, if all of it is there.
  void arm(RunningProcess process) throws TracerException {
    List<ResolvedMarker> markers =
        open.in(
            process,
            reason -> {
              throw reason;
            });
    arm(markers, Optional.of(process));
  }

  /// Arms `markers` and says what their mechanisms cannot see.
  ///
  /// @param process that runs them, or a command that will inherit its environment; empty where any
  ///   process may
  void arm(List<ResolvedMarker> markers, Optional<RunningProcess> process) throws TracerException {
    if (!probes.areArmed(markers)) {
      guard.require(markers);
    }
    int sites = probes.arm(markers);
    for (ProbedPlace place : probes.takeImpossible()) {
      notices.sayOnce(
          "WARNING: the kernel cannot probe the first instruction of "
              + place.point()
              + ": nothing is seen of it");
    }
    for (ResolvedMarker marker : markers) {
      notices.gaps(marker, process);
      if (sites > 0) {
        notices.breakpoints(marker);
      }
    }
    armedAny |= !markers.isEmpty();
  }

  /// A process of the tree has executed a program, which is armed.
  ///
  /// @param waits whether it is stopped meanwhile; if not, its first calls may not have been seen
  void executed(RunningProcess process, boolean waits) throws TracerException {
    try {
      List<ResolvedMarker> markers = open.in(process, notices::refused);
      boolean wasArmed = probes.areArmed(markers);
      arm(markers, Optional.of(process));
      if (!waits && !wasArmed) {
        notices.late(process);
      }
    } catch (TracerException refused) {
      if (process.exists()) {
        notices.refused(refused);
      }
    }
  }
}
