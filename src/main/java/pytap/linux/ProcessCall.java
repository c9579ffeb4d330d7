package pytap.linux;

import java.lang.foreign.MemorySegment;

/// Calls on processes, the clock, and the kernel's idea of itself.
sealed interface ProcessCall extends Syscall.Direct {

  int CLOCK_REALTIME = 0;
  int CLOCK_MONOTONIC = 1;
  int CLOCK_BOOTTIME = 7;

  int WNOHANG = 1;
  int WUNTRACED = 2;

  record Kill(int pid, int signal) implements ProcessCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(62, pid, signal);
    }
  }

  /// Returns the pid of the child whose status was written into `status` (4 bytes), 0 with
  /// [#WNOHANG] when there is none yet.
  record Wait(int pid, MemorySegment status, int options) implements ProcessCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(61, pid, status.address(), options, 0);
    }
  }

  /// Writes `siginfo_t`, 128 bytes, of a stop of this child or traced thread; one that has ended is
  /// not asked about. Zero in the process id where there is none.
  record WaitForStop(int tid, MemorySegment info) implements ProcessCall {
    private static final int P_PID = 1;
    private static final int WALL_WSTOPPED_WNOHANG = 0x40000003;

    @Override
    public void marshal(CallFrame frame) {
      frame.set(247, P_PID, tid, info.address(), WALL_WSTOPPED_WNOHANG, 0);
    }
  }

  /// Writes `siginfo_t`, 128 bytes, of the end or stop of any child or traced thread of the calling
  /// thread, which stays to be waited for.
  record Peek(MemorySegment info) implements ProcessCall {
    private static final int P_ALL = 0;
    private static final int WALL_WNOTHREAD_WNOWAIT_WEXITED_WSTOPPED = 0x61000006;

    @Override
    public void marshal(CallFrame frame) {
      frame.set(247, P_ALL, 0, info.address(), WALL_WNOTHREAD_WNOWAIT_WEXITED_WSTOPPED, 0);
    }
  }

  /// Returns a descriptor that becomes readable when the process ends. It closes on exec.
  record PidfdOpen(int pid) implements ProcessCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(434, pid, 0);
    }
  }

  record PidfdSendSignal(int pidfd, int signal) implements ProcessCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(424, pidfd, signal, 0, 0);
    }
  }

  /// Writes seconds and nanoseconds, 8 bytes each, into `time`.
  record ClockGettime(int clock, MemorySegment time) implements ProcessCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(228, clock, time.address());
    }
  }

  /// Writes six texts of 65 bytes each: system, node, release, version, machine, domain.
  record Uname(MemorySegment names) implements ProcessCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(63, names.address());
    }
  }

  record Getpid() implements ProcessCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(39);
    }
  }
}
