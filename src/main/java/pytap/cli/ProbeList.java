package pytap.cli;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import pytap.ir.Local;
import pytap.ir.Probe;
import pytap.place.Plan;
import pytap.place.Planner;
import pytap.probe.Occasion;
import pytap.python.Means;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.resolve.Surroundings;
import pytap.runtime.Limits;
import pytap.source.SourceText;
import pytap.source.TracerException;
import pytap.stap.StapCompiler;

/// What `-l` and `-L` print: the probe points that a pattern stands for, by name, a line each.
final class ProbeList {
  private final boolean variables;
  private final String pattern;
  private final List<MarkerResolver> resolvers;
  private final Set<String> lines = new TreeSet<>();

  private ProbeList(boolean variables, String pattern, boolean raw, Surroundings surroundings) {
    this.variables = variables;
    this.pattern = pattern;
    this.resolvers =
        raw
            ? List.of(MarkerResolver.raw(surroundings))
            : List.of(
                new MarkerResolver(surroundings),
                new MarkerResolver(surroundings, Means.IN_PROCESS));
  }

  /// The lines; empty where the pattern stands for nothing.
  static String of(Options.Request.ListPoints request, Surroundings surroundings)
      throws TracerException {
    String point = Scripts.bytes(request.point());
    StapCompiler.Input input =
        new StapCompiler.Input(
            new SourceText("<input>", "probe " + point + " {}"),
            Scripts.tapsets(request.options().tapsetDirectories()),
            List.of());
    StapCompiler.Result result = StapCompiler.compile(input, new StapCompiler.Options(false));
    if (result.program().isEmpty()) {
      return "";
    }
    ProbeList list =
        new ProbeList(request.variables(), point, request.options().rawMarkers(), surroundings);
    Plan plan = Planner.plan(result.program().get(), Limits.DEFAULT.textBytes());
    for (Probe probe : plan.program().probes()) {
      list.add(probe, plan);
    }
    return String.join("", list.lines);
  }

  private void add(Probe probe, Plan plan) {
    if (!(probe.occasion() instanceof Occasion.InFile point)) {
      line(probe.written().toString(), probe.locals(), 0);
      return;
    }
    for (Plan.Channel channel : plan.channels()) {
      if (channel.point().equals(point)) {
        found(channel).forEach(place -> add(probe, point, place));
      }
    }
  }

  /// The marker's places by the first engine that has some; none where the file does not have it.
  private List<ResolvedMarker> found(Plan.Channel channel) {
    for (MarkerResolver resolver : resolvers) {
      try {
        return channel.point().process().isPresent()
            ? resolver.named(channel)
            : resolver.ofDefaultPython(channel);
      } catch (TracerException absent) {
        // The next engine may have it.
      }
    }
    return List.of();
  }

  private void add(Probe probe, Occasion.InFile point, ResolvedMarker place) {
    if (place.sites().sites().isEmpty()) {
      return;
    }
    if (!pattern.startsWith("process")) {
      line(probe.written().toString(), probe.locals(), arguments(place));
      return;
    }
    String process = "process(\"" + place.file().realPath() + "\")";
    String name = place.sites().marker();
    switch (point) {
      case Occasion.Marker marker -> {
        String provider =
            marker.provider().isPresent()
                ? ".provider(\"" + place.provider().orElseThrow() + "\")"
                : "";
        String line = process + provider + ".mark(\"" + name + "\")";
        line(line, probe.locals(), arguments(place));
      }
      case Occasion.Function function ->
          line(process + ".function(\"" + name + "\")" + function.suffix(), List.of(), 0);
    }
  }

  private static int arguments(ResolvedMarker place) {
    return place.sites().sites().getFirst().arguments().size();
  }

  private void line(String point, List<Local> locals, int arguments) {
    StringBuilder out = new StringBuilder(point);
    if (variables) {
      for (Local local : locals) {
        out.append(' ').append(local.name()).append(':').append(type(local));
      }
      for (int i = 1; i <= arguments; i++) {
        out.append(" $arg").append(i).append(":long");
      }
    }
    lines.add(out.append('\n').toString());
  }

  private static String type(Local local) {
    return local.type().name().toLowerCase(Locale.ROOT);
  }
}
