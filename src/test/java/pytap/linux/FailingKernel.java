package pytap.linux;

/// The real kernel, but for one call that it refuses: the n-th of those that may fail while the
/// thread that is traced lives.
public final class FailingKernel implements Kernel {
  private final Kernel real;
  private final int errno;
  private int left;

  /// @param call its number, from 1
  public FailingKernel(Kernel real, int call, int errno) {
    this.real = real;
    this.left = call;
    this.errno = errno;
  }

  /// Whether the call that was to fail has come.
  public boolean hasFailed() {
    return left == 0;
  }

  @Override
  public long call(Syscall syscall) {
    if (mayFail(syscall) && left > 0 && --left == 0) {
      return -errno;
    }
    return real.call(syscall);
  }

  private static boolean mayFail(Syscall syscall) {
    return switch (syscall) {
      case FileCall.Open open -> true;
      case FileCall.ReadAt read -> true;
      case MemoryCall.Mmap map -> true;
      case MemoryCall.MmapAt map -> true;
      case TraceCall.Seize seize -> true;
      case TraceCall.GetSignalMask mask -> true;
      default -> false;
    };
  }
}
