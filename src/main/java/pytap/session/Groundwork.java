package pytap.session;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import pytap.gen.bpf.KernelOffsets;
import pytap.linux.Features;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.source.TracerException;

/// What every session needs and no script changes: the way into the kernel, what this kernel
/// offers, where the members of its structs are.
///
/// What the kernel engine alone needs is found in advance only where that engine is sure to be
/// used, else when it is asked for.
///
/// Finding it takes a fresh JVM longer than compiling a script, mostly for linking the first calls
/// of C functions, so a thread of its own does it meanwhile. That thread opens nothing that
/// outlives it, and there is nothing to close where no session follows. What fails is thrown to the
/// caller who asks for it: a script without probes runs on a kernel without BPF.
public final class Groundwork {
  private final FutureTask<Kernel> kernel = new FutureTask<>(LinuxKernel::new);
  private final FutureTask<Features> features = new FutureTask<>(() -> Features.probe(kernel()));
  private final FutureTask<KernelOffsets> offsets = new FutureTask<>(Offsets::ofRunningKernel);

  private Groundwork() {}

  /// Begins; returns at once.
  ///
  /// @param forKernelEngine whether the session will use the kernel engine
  public static Groundwork begin(boolean forKernelEngine) {
    Groundwork groundwork = new Groundwork();
    Runnable work = forKernelEngine ? groundwork::all : groundwork.kernel;
    Thread thread = new Thread(work, "groundwork");
    thread.setDaemon(true);
    thread.start();
    return groundwork;
  }

  private void all() {
    kernel.run();
    features.run();
    offsets.run();
  }

  /// Does here what needs no kernel, unless it is done already: better than waiting for the rest.
  void assist() {
    offsets.run();
  }

  Kernel kernel() throws TracerException {
    return result(kernel);
  }

  /// @throws TracerException where the kernel cannot trace, or does not let this process
  Features features() throws TracerException {
    features.run();
    return result(features);
  }

  /// @throws TracerException where the kernel does not tell its types
  KernelOffsets offsets() throws TracerException {
    offsets.run();
    return result(offsets);
  }

  private static <T> T result(FutureTask<T> task) throws TracerException {
    try {
      return task.get();
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof TracerException refused) {
        throw refused;
      }
      throw new IllegalStateException("laying the groundwork", failure.getCause());
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("nothing interrupts this thread", interrupted);
    }
  }
}
