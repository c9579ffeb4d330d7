package pytap.inject;

import java.util.Set;
import pytap.linux.Registers;
import pytap.linux.Registers.Field;

/// What a stop does to the system call that a thread was waiting in, and how the call goes on.
///
/// A call that a stop interrupts answers a number that the user never sees, and the kernel begins
/// it again when the thread goes on without a signal (Linux 6.6 arch/x86/kernel/signal.c
/// `arch_do_signal_or_restart`). Some calls answer EINTR instead although there is no signal; they
/// are given the number that lets the kernel decide: EINTR where a handler runs, else again.
/// Between the stop and that, some microseconds, a kill of pytap would let the EINTR through.
final class InterruptedCall {
  private static final int EINTR = -4;
  private static final int ERESTARTSYS = -512;
  private static final int ERESTARTNOINTR = -513;
  private static final int ERESTARTNOHAND = -514;
  private static final int ERESTART_RESTARTBLOCK = -516;
  private static final int RESTART_SYSCALL = 219;

  /// `syscall` and `int $0x80` both take two bytes.
  private static final int SYSCALL_BYTES = 2;

  /// read, write, readv, writev, connect, accept, sendto, recvfrom, sendmsg, recvmsg (a socket with
  /// a timeout), semop, rt_sigtimedwait, io_getevents, semtimedop, epoll_wait, epoll_pwait,
  /// accept4, recvmmsg, sendmmsg, io_pgetevents, io_uring_enter, epoll_pwait2.
  private static final Set<Integer> ENDED_BY_STOP =
      Set.of(
          0, 1, 19, 20, 42, 43, 44, 45, 46, 47, 65, 128, 208, 220, 232, 281, 288, 299, 307, 333,
          426, 441);

  private InterruptedCall() {}

  /// Whether a stop ends the call with this number with EINTR.
  static boolean isEndedByStop(int call) {
    return ENDED_BY_STOP.contains(call);
  }

  /// Whether a stop ended the call that these registers show with EINTR.
  static boolean isEnded(Registers registers) {
    return registers.get(Field.RAX) == EINTR && isEndedByStop((int) registers.get(Field.ORIG_RAX));
  }

  /// What to go on with from the stop: the kernel does the rest.
  static Registers remedied(Registers registers) {
    return isEnded(registers) ? registers.with(Field.RAX, ERESTARTNOHAND) : registers;
  }

  /// What to go on with where the kernel does not do the rest: at the instruction that makes the
  /// call.
  static Registers begunAgain(Registers registers) {
    if (registers.get(Field.ORIG_RAX) < 0) {
      return registers;
    }
    return switch ((int) remedied(registers).get(Field.RAX)) {
      case ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND ->
          again(registers, registers.get(Field.ORIG_RAX));
      case ERESTART_RESTARTBLOCK -> again(registers, RESTART_SYSCALL);
      default -> registers;
    };
  }

  private static Registers again(Registers registers, long number) {
    return registers
        .with(Field.RAX, number)
        .with(Field.RIP, registers.get(Field.RIP) - SYSCALL_BYTES);
  }
}
