package pytap.session;

import java.util.List;
import java.util.Optional;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.source.TracerException;

/// Chooses a session's engine.
final class Engines {
  private Engines() {}

  static Engine open(
      Groundwork groundwork,
      Job job,
      Optional<TargetProcess> target,
      MarkerResolver resolver,
      List<ResolvedMarker> named,
      Notices notices)
      throws TracerException {
    return KernelEngine.open(groundwork, job, target, resolver, named, notices);
  }
}
