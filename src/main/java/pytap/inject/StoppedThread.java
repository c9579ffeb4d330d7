package pytap.inject;

/// The only thread of a process, traced by the calling thread and held in a stop: at exec
/// (`PTRACE_EVENT_EXEC`) or at the exit from a system call, not at the entry to one.
///
/// @param pid the process, which is the thread's own number
/// @param afterExec whether it is held at exec, so that the stop at the exit from that call is
///   still to come
public record StoppedThread(int pid, boolean afterExec) {}
