package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R3;
import static pytap.asm.bpf.Reg.R4;
import static pytap.asm.bpf.Reg.R6;

import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.gen.KernelMap;

/// The programs that keep the TREE map true: the traced process and its descendants. They stand on
/// the scheduler's raw tracepoints (Linux 6.6 include/trace/events/sched.h), whose context is an
/// array of 64-bit arguments.
public final class TreePrograms {
  /// The `channel` of a record that says a process of the tree has executed a new program. The
  /// process id follows as 8 bytes at offset 8.
  public static final int EXEC_CHANNEL = -2;

  private static final int SIGSTOP = 19;
  private static final int FORCE_WAKEUP = 2;

  private TreePrograms() {}

  /// `sched_process_fork(parent, child)`: a child process of a member becomes a member.
  public static Program fork(KernelOffsets offsets) {
    Assembler code = new Assembler("pytap_fork");
    Label exit = code.label("exit");
    code.load(Size.DOUBLE, R6, R1, 8);
    member(code, exit);
    readKernelWord(code, R6, offsets.taskPid(), -8, exit);
    readKernelWord(code, R6, offsets.taskTgid(), -4, exit);
    code.load(Size.WORD, R1, R10, -8);
    code.load(Size.WORD, R2, R10, -4);
    code.jumpIf(Jump.NOT_EQUAL, R1, R2, exit);
    code.store(Size.BYTE, R10, -12, 1);
    code.loadMap(R1, KernelMap.TREE.number());
    code.mov(R2, R10);
    code.add(R2, -4);
    code.mov(R3, R10);
    code.add(R3, -12);
    code.mov(R4, 0);
    code.call(BpfFunction.MAP_UPDATE_ELEM);
    return end(code, exit);
  }

  /// `sched_process_free(task)`: the last trace of a process is gone, its id may be used again.
  ///
  /// @param lastMemberOffset where the counters name the process that was hit last
  public static Program free(KernelOffsets offsets, int lastMemberOffset) {
    Assembler code = new Assembler("pytap_free");
    Label exit = code.label("exit");
    Label other = code.label("other");
    code.load(Size.DOUBLE, R6, R1, 0);
    readKernelWord(code, R6, offsets.taskPid(), -8, exit);
    readKernelWord(code, R6, offsets.taskTgid(), -4, exit);
    code.load(Size.WORD, R1, R10, -8);
    code.load(Size.WORD, R2, R10, -4);
    code.jumpIf(Jump.NOT_EQUAL, R1, R2, exit);
    code.loadMapValue(R3, KernelMap.COUNTERS.number(), lastMemberOffset);
    code.load(Size.DOUBLE, R4, R3, 0);
    code.jumpIf(Jump.NOT_EQUAL, R4, R1, other);
    code.store(Size.DOUBLE, R3, 0, 0);
    code.bind(other);
    code.loadMap(R1, KernelMap.TREE.number());
    code.mov(R2, R10);
    code.add(R2, -4);
    code.call(BpfFunction.MAP_DELETE_ELEM);
    return end(code, exit);
  }

  /// `sched_process_exec(task, ...)`: a member runs a new program. It is stopped before its first
  /// instruction so that the tool can arm the program; the tool continues it. Room for the record
  /// is reserved first: a process that cannot be reported is not stopped, but counted at
  /// `missedOffset` of the counters.
  public static Program exec(int missedOffset) {
    return exec(missedOffset, true);
  }

  /// The same, but nobody is stopped.
  public static Program tellExec(int missedOffset) {
    return exec(missedOffset, false);
  }

  private static Program exec(int missedOffset, boolean stops) {
    Assembler code = new Assembler("pytap_exec");
    Label exit = code.label("exit");
    Label missed = code.label("missed");
    Label stopped = code.label("stopped");
    member(code, exit);
    code.loadMap(R1, KernelMap.RING.number());
    code.mov(R2, 16);
    code.mov(R3, 0);
    code.call(BpfFunction.RINGBUF_RESERVE);
    code.jumpIf(Jump.EQUAL, R0, 0, missed);
    code.mov(R6, R0);
    code.mov(R1, EXEC_CHANNEL);
    code.store(Size.DOUBLE, R6, 0, R1);
    code.call(BpfFunction.GET_CURRENT_PID_TGID);
    code.shiftRight(R0, 32);
    code.store(Size.DOUBLE, R6, 8, R0);
    if (stops) {
      code.mov(R1, SIGSTOP);
      code.call(BpfFunction.SEND_SIGNAL);
      code.jumpIf(Jump.EQUAL, R0, 0, stopped);
      code.mov(R1, R6);
      code.mov(R2, 0);
      code.call(BpfFunction.RINGBUF_DISCARD);
      code.jump(missed);
      code.bind(stopped);
    }
    code.mov(R1, R6);
    code.mov(R2, FORCE_WAKEUP);
    code.call(BpfFunction.RINGBUF_SUBMIT);
    code.jump(exit);
    code.bind(missed);
    code.loadMapValue(R1, KernelMap.COUNTERS.number(), missedOffset);
    code.mov(R2, 1);
    code.atomicAdd(Size.DOUBLE, R1, 0, R2);
    return end(code, exit);
  }

  /// Goes on only where the current process is a member. Uses the stack at -4 and R0 to R5.
  private static void member(Assembler code, Label exit) {
    code.call(BpfFunction.GET_CURRENT_PID_TGID);
    code.shiftRight(R0, 32);
    code.store(Size.WORD, R10, -4, R0);
    code.loadMap(R1, KernelMap.TREE.number());
    code.mov(R2, R10);
    code.add(R2, -4);
    code.call(BpfFunction.MAP_LOOKUP_ELEM);
    code.jumpIf(Jump.EQUAL, R0, 0, exit);
  }

  private static void readKernelWord(
      Assembler code, Reg base, int offset, int stackOffset, Label exit) {
    code.mov(R3, base);
    code.add(R3, offset);
    code.mov(R1, R10);
    code.add(R1, stackOffset);
    code.mov(R2, 4);
    code.call(BpfFunction.PROBE_READ_KERNEL);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, exit);
  }

  private static Program end(Assembler code, Label exit) {
    code.bind(exit);
    code.mov(R0, 0);
    code.exit();
    return code.finish();
  }
}
