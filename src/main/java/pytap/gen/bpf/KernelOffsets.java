package pytap.gen.bpf;

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
    int taskFsBase) {}
