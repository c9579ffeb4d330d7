package pytap.session;

import java.util.ArrayList;
import java.util.List;
import pytap.ir.Probe;
import pytap.place.Plan;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// The script's markers that name no process: those of whatever Python the target runs.
final class OpenMarkers {
  private final MarkerResolver resolver;
  private final List<Plan.Channel> channels = new ArrayList<>();

  /// What becomes of a marker that an interpreter does not give, while others may be there.
  interface Absent {
    void refused(TracerException reason) throws TracerException;
  }

  OpenMarkers(MarkerResolver resolver, List<Plan.Channel> channels) {
    this.resolver = resolver;
    for (Plan.Channel channel : channels) {
      if (channel.point().process().isEmpty()) {
        this.channels.add(channel);
      }
    }
  }

  boolean isEmpty() {
    return channels.isEmpty();
  }

  /// Those in the program that `process` runs. A point written with `?` need not be there.
  List<ResolvedMarker> in(RunningProcess process, Absent absent) throws TracerException {
    List<ResolvedMarker> markers = new ArrayList<>();
    for (Plan.Channel channel : channels) {
      try {
        markers.addAll(resolver.inProcess(channel, process));
      } catch (TracerException reason) {
        if (reason.kind() != TracerException.Kind.UNSUPPORTED_MARKER) {
          throw reason;
        }
        if (isRequired(channel)) {
          absent.refused(reason);
        }
      }
    }
    return markers;
  }

  private static boolean isRequired(Plan.Channel channel) {
    for (Probe probe : channel.handlers()) {
      if (!probe.point().optional()) {
        return true;
      }
    }
    return false;
  }
}
