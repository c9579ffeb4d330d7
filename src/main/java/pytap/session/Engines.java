package pytap.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.ir.Probe;
import pytap.linux.Privileges;
import pytap.place.Plan;
import pytap.probe.Occasion;
import pytap.python.Markers;
import pytap.python.Means;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.source.TracerException;

/// Chooses a session's engine, and finds the places that it needs.
final class Engines {
  private final Groundwork groundwork;
  private final Job job;
  private final Notices notices;
  private Optional<Places> places = Optional.empty();

  /// Where one engine finds markers.
  ///
  /// @param named the markers that the script itself gives a file
  private record Places(Means means, MarkerResolver resolver, List<ResolvedMarker> named) {}

  Engines(Groundwork groundwork, Job job, Notices notices) {
    this.groundwork = groundwork;
    this.job = job;
    this.notices = notices;
  }

  /// Does what needs no kernel and no target yet.
  ///
  /// @throws TracerException where the engine that was asked for cannot do this
  /// @throws UnresolvedPoint where the script names what is not there
  void prepare() throws TracerException, UnresolvedPoint {
    if (job.plan().channels().isEmpty()) {
      return;
    }
    places =
        Optional.of(
            switch (job.engine()) {
              case KERNEL -> places(Means.KERNEL);
              case IN_PROCESS -> {
                Optional<TracerException> hindrance = hindrance();
                if (hindrance.isPresent()) {
                  throw hindrance.get();
                }
                yield places(Means.IN_PROCESS);
              }
              case AUTO -> hindrance().isEmpty() ? places() : places(Means.KERNEL);
            });
    if (places.get().means() == Means.KERNEL) {
      groundwork.assist();
    }
  }

  /// Why this is nothing for the in-process engine, if it is not.
  private Optional<TracerException> hindrance() {
    if (!job.hasTarget()) {
      return Optional.of(
          impossible(
              "no process is given to trace", "give one with -c or -x, or leave --engine out"));
    }
    if (job.rawMarkers()) {
      return Optional.of(
          impossible(
              "--raw-markers asks for static markers, which only the kernel can take",
              "leave one of the two options out"));
    }
    for (Plan.Channel channel : job.plan().channels()) {
      if (!(channel.point() instanceof Occasion.Marker marker)) {
        return Optional.of(
            impossible(
                "the script probes native functions, which only the kernel can take",
                "leave --engine out"));
      }
      boolean pythons = marker.provider().isEmpty() || marker.provider().get().equals("python");
      if (!pythons || !Markers.areGiven(marker.marker(), Means.IN_PROCESS)) {
        return Optional.of(
            impossible(
                "the script has the marker " + marker.marker() + ", which only the kernel can take",
                "leave --engine out"));
      }
    }
    return Optional.empty();
  }

  private static TracerException impossible(String found, String remedy) {
    return new TracerException(
        TracerException.Kind.UNSUPPORTED_MARKER, "use the in-process engine", found, remedy);
  }

  /// For jumps where there are such places, else for breakpoints.
  private Places places() throws TracerException, UnresolvedPoint {
    try {
      return places(Means.IN_PROCESS);
    } catch (TracerException refused) {
      if (!kernelMayDo(refused)) {
        throw refused;
      }
    } catch (UnresolvedPoint missing) {
      if (!kernelMayDo(missing.reason())) {
        throw missing;
      }
    }
    return places(Means.KERNEL);
  }

  private Places places(Means means) throws TracerException, UnresolvedPoint {
    MarkerResolver resolver =
        job.rawMarkers()
            ? MarkerResolver.raw(job.surroundings())
            : new MarkerResolver(job.surroundings(), means);
    List<ResolvedMarker> named = new ArrayList<>();
    for (Plan.Channel channel : job.plan().channels()) {
      named.addAll(resolve(resolver, channel));
    }
    return new Places(means, resolver, named);
  }

  /// The places of a channel that do not depend on what the target will run. A point written with
  /// `?` may have none.
  private List<ResolvedMarker> resolve(MarkerResolver resolver, Plan.Channel channel)
      throws TracerException, UnresolvedPoint {
    try {
      return channel.point().process().isPresent()
          ? resolver.named(channel)
          : job.hasTarget() ? List.of() : resolver.ofDefaultPython(channel);
    } catch (TracerException refused) {
      for (Probe probe : channel.handlers()) {
        if (!probe.point().optional() && isMissing(refused)) {
          throw new UnresolvedPoint(probe, refused);
        }
        if (!probe.point().optional()) {
          throw refused;
        }
      }
      return List.of();
    }
  }

  private static boolean isMissing(TracerException refused) {
    return switch (refused.kind()) {
      case COMMAND_NOT_FOUND, FILE_UNREADABLE, UNSUPPORTED_MARKER, NOT_CPYTHON -> true;
      case SCRIPT_MISSING,
          NO_SUCH_PROCESS,
          NO_PERMISSION,
          NO_BPF,
          UNKNOWN_CPYTHON,
          TARGET_GONE,
          TARGET_BUSY,
          OUTPUT_FAILED,
          KERNEL_REFUSED ->
          false;
    };
  }

  /// The engine, with everything armed that is there. [#prepare] has been called.
  ///
  /// @param lives who can be told what becomes of a command's processes
  /// @throws TracerException where the target cannot be traced
  /// @throws UnresolvedPoint as [#prepare] does, where another engine is tried
  Engine open(Optional<TargetProcess> target, Optional<LifeEvents> lives)
      throws TracerException, UnresolvedPoint {
    Places found = places.orElseThrow();
    if (found.means() == Means.KERNEL || target.isEmpty()) {
      return kernel(target, found);
    }
    try {
      notices.detail(1, "engine: in-process");
      return InProcessEngine.open(
          groundwork, job, target.get(), found.resolver(), found.named(), lives, notices);
    } catch (TracerException refused) {
      if (job.engine() != EngineChoice.AUTO || !kernelMayDo(refused)) {
        throw refused;
      }
      notices.detail(1, "cannot " + refused.tried() + ": " + refused.found());
      return kernel(target, places(Means.KERNEL));
    }
  }

  /// An engine for a script without markers that waits for processes or threads of a command: it
  /// only follows. Empty where this cannot be; then they are looked for now and then.
  Optional<Engine> follower(TargetProcess command, LifeEvents lives) throws TracerException {
    if (job.engine() == EngineChoice.KERNEL) {
      return Optional.empty();
    }
    try {
      MarkerResolver resolver = new MarkerResolver(job.surroundings(), Means.IN_PROCESS);
      return Optional.of(
          InProcessEngine.open(
              groundwork, job, command, resolver, List.of(), Optional.of(lives), notices));
    } catch (TracerException refused) {
      if (refused.kind() != TracerException.Kind.NO_PERMISSION) {
        throw refused;
      }
      notices.detail(1, "cannot " + refused.tried() + ": " + refused.found());
      return Optional.empty();
    }
  }

  private static boolean kernelMayDo(TracerException refused) {
    return switch (refused.kind()) {
      case NO_PERMISSION, UNSUPPORTED_MARKER, UNKNOWN_CPYTHON, KERNEL_REFUSED, FILE_UNREADABLE ->
          Privileges.ofSelf().missingForTracing().isEmpty();
      case SCRIPT_MISSING,
          NO_SUCH_PROCESS,
          NO_BPF,
          COMMAND_NOT_FOUND,
          NOT_CPYTHON,
          TARGET_GONE,
          TARGET_BUSY,
          OUTPUT_FAILED ->
          false;
    };
  }

  private Engine kernel(Optional<TargetProcess> target, Places found) throws TracerException {
    if (job.lossless()) {
      notices.say("WARNING: --lossless has no effect: the kernel engine cannot make a target wait");
    }
    notices.detail(1, "engine: kernel");
    return KernelEngine.open(groundwork, job, target, found.resolver(), found.named(), notices);
  }
}
