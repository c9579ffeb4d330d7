package pytap.linux;

import pytap.source.TracerException;

/// Owner of a program's attachment to one tracepoint of the kernel, such as `sched_process_fork`.
/// The program's context is the array of the tracepoint's arguments, 8 bytes each. Closing
/// detaches.
public final class RawTracepoint implements AutoCloseable {
  private final Descriptor descriptor;

  private RawTracepoint(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /// Attaches a program of type [ProgramType#RAW_TRACEPOINT].
  ///
  /// @param tracepoint its name without the group
  public static RawTracepoint attach(Kernel kernel, BpfProgram program, String tracepoint)
      throws TracerException {
    if (program.type() != ProgramType.RAW_TRACEPOINT) {
      throw new IllegalStateException(program.name() + " is not a program for tracepoints");
    }
    long fd = kernel.call(new BpfCall.RawTracepointOpen(program.fd(), tracepoint));
    if (fd < 0) {
      throw Refusal.of("attach to the kernel tracepoint " + tracepoint, fd);
    }
    return new RawTracepoint(new Descriptor(kernel, fd));
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
