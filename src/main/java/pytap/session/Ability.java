package pytap.session;

import java.util.Optional;
import pytap.inject.Target;
import pytap.linux.Features;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.python.Means;
import pytap.resolve.FileImage;
import pytap.resolve.MarkerResolver;
import pytap.resolve.Surroundings;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// What the engines can do here, found out without tracing anything.
public final class Ability {
  private static final String MARKER = "function__entry";

  private final Surroundings surroundings;
  private final Kernel kernel = new LinuxKernel();

  public Ability(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// What the kernel offers its engine.
  ///
  /// @throws TracerException where the kernel engine cannot work
  public Features kernelEngine() throws TracerException {
    Features features = Features.probe(kernel);
    Offsets.ofRunningKernel();
    return features;
  }

  /// Why the kernel engine cannot trace the Python in `process`, if it cannot.
  public Optional<TracerException> againstKernelEngine(RunningProcess process) {
    try {
      kernelEngine();
      requirePython(process, Means.KERNEL);
      return Optional.empty();
    } catch (TracerException refused) {
      return Optional.of(refused);
    }
  }

  /// Why the in-process engine cannot, if it cannot. A process with seccomp filters is stopped for
  /// the moment in which they are read.
  public Optional<TracerException> againstInProcessEngine(RunningProcess process) {
    try {
      Target.running(kernel, process.pid()).close();
      requirePython(process, Means.IN_PROCESS);
      return Optional.empty();
    } catch (TracerException refused) {
      return Optional.of(refused);
    }
  }

  private void requirePython(RunningProcess process, Means means) throws TracerException {
    Optional<FileImage> python = new MarkerResolver(surroundings).interpreterOf(process);
    if (python.isEmpty()) {
      throw TargetProcess.withoutPython(process);
    }
    python.get().python().orElseThrow().sites(MARKER, means);
  }
}
