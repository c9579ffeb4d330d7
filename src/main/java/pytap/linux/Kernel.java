package pytap.linux;

/// What carries out system calls: the kernel itself ([LinuxKernel]), or a test's imitation.
public interface Kernel {

  /// Carries out one call.
  ///
  /// @return what the call returns; `-errno` on failure (see [Errno])
  long call(Syscall syscall);
}
