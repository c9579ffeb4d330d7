package pytap.session;

import java.util.ArrayList;
import java.util.List;
import pytap.inject.StandingJump;
import pytap.inject.Target;
import pytap.linux.Kernel;
import pytap.probe.ProbeSite;
import pytap.resolve.ResolvedMarker;
import pytap.source.TracerException;
import pytap.target.MappedFile;
import pytap.target.RunningProcess;

/// Keeps the kernel's breakpoints away from jumps that stand in processes: a breakpoint is in every
/// process that runs the file, and when the kernel takes it back it writes the file's byte, which
/// would leave half a jump.
final class JumpGuard {
  private final Kernel kernel;
  private final List<RunningProcess> processes;

  /// @param processes those that have a region
  JumpGuard(Kernel kernel, List<RunningProcess> processes) {
    this.kernel = kernel;
    this.processes = List.copyOf(processes);
  }

  /// The processes that have a region, living pytap's or dead one's.
  static List<RunningProcess> look() {
    List<RunningProcess> found = new ArrayList<>();
    for (RunningProcess process : RunningProcess.all()) {
      if (!process.mappings(Target.REGION_PATH).isEmpty()) {
        found.add(process);
      }
    }
    return found;
  }

  /// Takes jumps of dead pytaps back where sites of `markers` are in the way of them.
  ///
  /// @throws TracerException where such a jump is a living pytap's, or cannot be taken back
  void require(List<ResolvedMarker> markers) throws TracerException {
    for (RunningProcess process : processes) {
      for (ResolvedMarker marker : markers) {
        if (isInTheWay(process, marker) && !tookBack(process)) {
          throw busy(process, marker);
        }
      }
    }
  }

  private boolean isInTheWay(RunningProcess process, ResolvedMarker marker) {
    for (StandingJump jump : StandingJump.in(kernel, process.pid())) {
      for (MappedFile mapped : process.mappedFiles()) {
        if (mapped.range().holds(jump.address()) && marker.file().isAt(mapped.path())) {
          long start = jump.address() - mapped.range().start() + mapped.fileOffset();
          for (ProbeSite site : marker.sites().sites()) {
            if (site.fileOffset() >= start && site.fileOffset() < start + jump.sizeBytes()) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }

  /// A living pytap's is not touched.
  private boolean tookBack(RunningProcess process) {
    try (Target target = Target.running(kernel, process.pid())) {
      return target.disarm();
    } catch (TracerException inUse) {
      return false;
    }
  }

  private TracerException busy(RunningProcess process, ResolvedMarker marker) {
    int owner =
        StandingJump.in(kernel, process.pid()).stream()
            .mapToInt(StandingJump::owner)
            .findFirst()
            .orElse(0);
    return new TracerException(
        TracerException.Kind.TARGET_BUSY,
        "set breakpoints in " + marker.file().path(),
        "process "
            + process.pid()
            + ", which runs it, is traced from inside by process "
            + owner
            + " (pytap), and they would get in each other's way",
        "wait for that one to end");
  }
}
