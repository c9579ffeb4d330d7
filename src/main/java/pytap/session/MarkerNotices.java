package pytap.session;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import pytap.probe.Callback;
import pytap.probe.Gap;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.resolve.ResolvedMarker;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// What is said of the places that are armed: gaps once, places with `-v` and `-vv`.
final class MarkerNotices {
  private final Notices notices;
  private final Set<String> said = new HashSet<>();

  MarkerNotices(Notices notices) {
    this.notices = notices;
  }

  /// What the marker's mechanism cannot see in a process.
  ///
  /// @param process empty where it is not known which processes will be traced: then all that some
  ///   may have is said
  void gaps(ResolvedMarker marker, Optional<RunningProcess> process) {
    for (Gap gap : marker.sites().gaps()) {
      if (process.isEmpty() || isIn(process.get(), gap)) {
        sayOnce(
            "WARNING: "
                + marker.sites().marker()
                + " in "
                + marker.file().path()
                + ": "
                + gap.what());
      }
    }
  }

  private static boolean isIn(RunningProcess process, Gap gap) {
    return switch (gap) {
      case Gap.Always always -> true;
      case Gap.OnRequest asked -> asked.isIn(process.environment(asked.variable()));
    };
  }

  /// A process of a tree that was attached to has executed a program, which is armed now.
  void late(RunningProcess process) {
    notices.detail(1, "process " + process.pid() + " runs another program, traced from now on");
    sayOnce(
        "WARNING: with -x a program that the target or a child of it executes is traced from some"
            + " milliseconds after its start on; launched with -c it is from its first call");
  }

  /// Which places were armed with breakpoints of the kernel.
  void breakpoints(ResolvedMarker marker) {
    mechanism(marker, "");
    for (ProbeSite site : marker.sites().sites()) {
      place(site.address(), site.what() + ", " + site.cost());
    }
  }

  /// Which places were armed with jumps and callbacks, in one process.
  void jumps(ResolvedMarker marker, int process) {
    mechanism(marker, " of process " + process);
    for (ProbeSite site : marker.sites().sites()) {
      if (site.callback().isPresent()) {
        place(address(site.callback().get()), site.what() + ", called");
      } else {
        PatchWindow window = site.window().orElseThrow();
        place(window.address(), site.what() + ", jump over " + window.sizeBytes() + " bytes");
      }
    }
  }

  private static long address(Callback callback) {
    return switch (callback) {
      case Callback.Listed(long head, String _) -> head;
      case Callback.PerThread words -> words.slots().list().head();
      case Callback.Monitored monitored -> monitored.gates().getFirst().address();
    };
  }

  private void mechanism(ResolvedMarker marker, String whose) {
    notices.detail(
        1,
        marker.sites().marker()
            + " in "
            + marker.file().path()
            + whose
            + ": "
            + marker.sites().mechanism());
  }

  private void place(long address, String what) {
    notices.detail(2, "  0x" + Long.toHexString(address) + " " + what);
  }

  /// Something cannot be had, and the session goes on.
  void refused(TracerException reason) {
    String remedy = reason.remedy().isEmpty() ? "" : "; " + reason.remedy();
    sayOnce("WARNING: cannot " + reason.tried() + ": " + reason.found() + remedy);
  }

  void sayOnce(String line) {
    if (said.add(line)) {
      notices.say(line);
    }
  }
}
