package pytap.session;

import java.util.List;
import java.util.OptionalInt;
import pytap.gen.bpf.KernelOffsets;
import pytap.linux.Btf;
import pytap.source.TracerException;

/// Asks the running kernel where the members are that pytap's programs read.
final class Offsets {
  private static final List<Btf.Member> MEMBERS =
      List.of(
          new Btf.Member("task_struct", "pid"),
          new Btf.Member("task_struct", "tgid"),
          new Btf.Member("task_struct", "real_parent"),
          new Btf.Member("task_struct", "cred"),
          new Btf.Member("cred", "euid"),
          new Btf.Member("cred", "egid"),
          new Btf.Member("task_struct", "thread.fsbase"));

  private Offsets() {}

  static KernelOffsets ofRunningKernel() throws TracerException {
    List<OptionalInt> found = Btf.offsets(MEMBERS);
    int[] offsets = new int[MEMBERS.size()];
    for (int i = 0; i < offsets.length; i++) {
      OptionalInt offset = found.get(i);
      if (offset.isEmpty()) {
        Btf.Member member = MEMBERS.get(i);
        throw new TracerException(
            TracerException.Kind.NO_BPF,
            "find " + member.struct() + "." + member.path() + " in the kernel's type information",
            "there is no such member",
            "this kernel is not one that pytap knows; please report its version");
      }
      offsets[i] = offset.getAsInt();
    }
    return new KernelOffsets(
        offsets[0], offsets[1], offsets[2], offsets[3], offsets[4], offsets[5], offsets[6]);
  }
}
