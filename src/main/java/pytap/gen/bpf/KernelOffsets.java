package pytap.gen.bpf;

import pytap.gen.PseudoTask;

/// Byte offsets in this kernel's structures, from its BTF.
///
/// @param taskPid `task_struct.pid`
/// @param taskTgid `task_struct.tgid`
/// @param taskRealParent `task_struct.real_parent`
/// @param taskCred `task_struct.cred`
/// @param credEuid `cred.euid`
/// @param credEgid `cred.egid`
/// @param taskFsBase `task_struct.thread.fsbase`
public record KernelOffsets(
    int taskPid,
    int taskTgid,
    int taskRealParent,
    int taskCred,
    int credEuid,
    int credEgid,
    int taskFsBase) {

  /// What programs of the in-process engine are compiled with.
  public static KernelOffsets inProcess() {
    return new KernelOffsets(
        PseudoTask.PID,
        PseudoTask.TGID,
        PseudoTask.REAL_PARENT,
        PseudoTask.CRED,
        PseudoTask.EUID,
        PseudoTask.EGID,
        PseudoTask.FS_BASE);
  }
}
