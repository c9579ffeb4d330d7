package pytap.session;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import pytap.gen.bpf.KernelOffsets;
import pytap.inject.Rehearsal;
import pytap.linux.Features;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

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

  private final FutureTask<List<RunningProcess>> patched = new FutureTask<>(JumpGuard::look);
  private final FutureTask<Boolean> rehearsed = new FutureTask<>(() -> Rehearsal.run(kernel()));

  /// What the session is sure to do.
  public enum Purpose {
    KERNEL_ENGINE,
    /// Trace a running process from inside.
    ATTACHING,
    OTHER
  }

  private Groundwork() {}

  /// Begins; returns at once.
  public static Groundwork begin(Purpose purpose) {
    Groundwork groundwork = new Groundwork();
    Runnable work =
        switch (purpose) {
          case KERNEL_ENGINE -> groundwork::forKernelEngine;
          case ATTACHING -> groundwork::forAttaching;
          case OTHER -> groundwork.kernel;
        };
    Thread thread = new Thread(work, "groundwork");
    thread.setDaemon(true);
    thread.start();
    return groundwork;
  }

  private void forAttaching() {
    kernel.run();
    rehearsed.run();
  }

  private void forKernelEngine() {
    kernel.run();
    features.run();
    offsets.run();
    patched.run();
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

  /// Returns when what will be done to a running process has been done once.
  void rehearse() throws TracerException {
    rehearsed.run();
    result(rehearsed);
  }

  /// What the kernel engine must keep away from.
  JumpGuard guard() throws TracerException {
    patched.run();
    return new JumpGuard(kernel(), result(patched));
  }

  /// What a task answered, or the refusal that it met.
  static <T> T result(FutureTask<T> task) throws TracerException {
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
