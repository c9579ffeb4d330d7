package pytap.place;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.probe.Occasion;

/// Places a program: one channel for each marker it probes, with what its handlers capture.
public final class Planner {
  private Planner() {}

  /// The plan for `program`. Locals that only rename a marker argument are seen through first, so
  /// that text behind them can be captured at the probe.
  public static Plan plan(Program program) {
    Program seen = Renaming.seeThrough(program);
    Map<Occasion.Marker, List<Probe>> byMarker = new LinkedHashMap<>();
    for (Probe probe : seen.probes()) {
      if (probe.occasion() instanceof Occasion.Marker marker) {
        byMarker.computeIfAbsent(marker, absent -> new ArrayList<>()).addFirst(probe);
      }
    }
    List<Plan.Channel> channels = new ArrayList<>();
    for (Map.Entry<Occasion.Marker, List<Probe>> entry : byMarker.entrySet()) {
      CaptureFinder finder = new CaptureFinder(seen);
      for (Probe probe : entry.getValue()) {
        finder.visit(probe);
      }
      RecordLayout layout = RecordLayout.of(finder.captures());
      channels.add(new Plan.Channel(channels.size(), entry.getKey(), layout, entry.getValue()));
    }
    return new Plan(seen, channels);
  }
}
