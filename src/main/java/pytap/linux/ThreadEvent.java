package pytap.linux;

/// What a wait told of a traced thread.
///
/// @param tid the thread
/// @param status the word that `wait4` wrote
public record ThreadEvent(int tid, int status) {
  /// Set in the stop signal of a stop at a system call, with [Ptrace#TRACE_SYSTEM_CALLS].
  private static final int SYSTEM_CALL = 0x80;

  private static final int TRAP = 5;

  /// `PTRACE_EVENT_STOP` of Linux 6.6 include/uapi/linux/ptrace.h.
  private static final int EVENT_STOP = 128;

  /// Whether it is over: ended or killed.
  public boolean hasEnded() {
    return (status & 0xff) != 0x7f;
  }

  /// The event that stopped it (`PTRACE_EVENT_*`), 0 for none.
  public int event() {
    return status >>> 16;
  }

  /// The signal of the stop, without the mark of a system call.
  public int signal() {
    return status >> 8 & 0x7f;
  }

  /// Whether it stands at the entry to a system call or the exit from it.
  public boolean atSystemCall() {
    return !hasEnded() && event() == 0 && signal() == TRAP && (status >> 8 & SYSTEM_CALL) != 0;
  }

  /// Whether it stopped because it was asked to.
  public boolean isInterrupt() {
    return !hasEnded() && event() == EVENT_STOP && signal() == TRAP;
  }

  /// Whether it stopped because a signal such as SIGSTOP stops its process.
  public boolean isGroupStop() {
    return !hasEnded() && event() == EVENT_STOP && signal() != TRAP;
  }

  /// The signal about to be delivered, to be passed on; 0 where it stopped for something else.
  public int pendingSignal() {
    return hasEnded() || event() != 0 || atSystemCall() ? 0 : signal();
  }
}
