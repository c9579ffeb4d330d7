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
  ///
  /// @param textBytes no text of the script can be longer
  public static Plan plan(Program program, int textBytes) {
    Program seen = Renaming.seeThrough(program);
    Map<Occasion.InFile, List<Probe>> byPoint = new LinkedHashMap<>();
    for (Probe probe : seen.probes()) {
      if (probe.occasion() instanceof Occasion.InFile point) {
        byPoint.computeIfAbsent(point, absent -> new ArrayList<>()).addFirst(probe);
      }
    }
    List<Plan.Channel> channels = new ArrayList<>();
    for (Map.Entry<Occasion.InFile, List<Probe>> entry : byPoint.entrySet()) {
      RecordLayout layout =
          RecordLayout.of(captures(seen, textBytes, entry.getKey(), entry.getValue()));
      channels.add(new Plan.Channel(channels.size(), entry.getKey(), layout, entry.getValue()));
    }
    return new Plan(seen, channels);
  }

  /// Whether only the place that is hit tells what was.
  private static boolean namesByPlace(Occasion.InFile point) {
    return switch (point) {
      case Occasion.Function _ -> true;
      case Occasion.Marker marker -> marker.isPattern();
    };
  }

  /// What `handlers` capture: as much as a record can hold.
  private static List<Capture> captures(
      Program program, int textBytes, Occasion.InFile point, List<Probe> handlers) {
    int mostMemory = RecordLayout.MOST_SLOTS;
    while (true) {
      CaptureFinder finder = new CaptureFinder(program, textBytes, mostMemory, namesByPlace(point));
      handlers.forEach(finder::visit);
      List<Capture> captures = finder.captures();
      if (captures.size() <= RecordLayout.MOST_SLOTS || mostMemory == 0) {
        return captures;
      }
      mostMemory = Math.max(0, mostMemory - (captures.size() - RecordLayout.MOST_SLOTS));
    }
  }
}
