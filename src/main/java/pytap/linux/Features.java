package pytap.linux;

import java.util.List;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Reg;
import pytap.source.TracerException;

/// What the running kernel offers.
///
/// @param version the release as `uname -r` gives it
/// @param uprobeMulti whether one link can attach a program to many places (Linux 6.6)
public record Features(KernelVersion version, boolean uprobeMulti) {

  /// The oldest kernel that pytap's programs load on: it has `bpf_loop` (5.17), attach cookies
  /// (5.15) and ring buffers (5.8).
  public static final KernelVersion OLDEST = new KernelVersion(5, 17);

  /// Asks the kernel. Fails where it has no BPF, is too old, or does not let this process use it;
  /// then nothing else needs to be tried.
  public static Features probe(Kernel kernel) throws TracerException {
    KernelVersion version = KernelVersion.running(kernel);
    requireBpf(kernel, version);
    return new Features(version, hasUprobeMulti(kernel));
  }

  /// The program type for uprobes on this kernel.
  public ProgramType uprobeType() {
    return uprobeMulti ? ProgramType.UPROBE_MULTI : ProgramType.UPROBE_PERF;
  }

  private static void requireBpf(Kernel kernel, KernelVersion version) throws TracerException {
    // A map of no type: EINVAL where bpf(2) works, EPERM where it is forbidden, ENOSYS without it.
    long answer = kernel.call(new BpfCall.MapCreate(0, 0, 0, 0, 0, ""));
    if (answer == -Errno.ENOSYS || answer == -Errno.EPERM || answer == -Errno.EACCES) {
      throw Refusal.of("trace with eBPF", answer);
    }
    if (version.isBefore(OLDEST)) {
      throw new TracerException(
          TracerException.Kind.NO_BPF,
          "trace with eBPF",
          "this is Linux " + version,
          "Linux " + OLDEST + " or later is needed");
    }
    Privileges.ofSelf().requireTracing();
  }

  /// Attaches to a place that cannot be attached to, a directory: a kernel that knows uprobe_multi
  /// looks at the file and says EBADF; one that does not says EINVAL at the attach type.
  private static boolean hasUprobeMulti(Kernel kernel) throws TracerException {
    Assembler nothing = new Assembler("pytap_probe");
    nothing.mov(Reg.R0, 0);
    nothing.exit();
    try (BpfProgram program = BpfProgram.load(kernel, ProgramType.UPROBE_MULTI, nothing.finish())) {
      long answer =
          kernel.call(
              new BpfCall.LinkUprobeMulti(program.fd(), "/", List.of(0L), List.of(), List.of()));
      if (answer >= 0) {
        kernel.call(new FileCall.Close((int) answer));
      }
      return answer != -Errno.EINVAL;
    }
  }
}
