package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R12;
import static pytap.asm.x86.GeneralRegister.R8;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;
import static pytap.asm.x86.GeneralRegister.RSP;

import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.Label;
import pytap.asm.x86.Shift;
import pytap.gen.PseudoTask;

/// Who and when: functions about the thread, its process and the clock.
final class IdentityFunctions {
  private static final int GETUID = 102;
  private static final int GETGID = 104;
  private static final int GETEUID = 107;
  private static final int GETEGID = 108;
  private static final int GETPPID = 110;
  private static final int PRCTL = 157;
  private static final int GETTID = 186;
  private static final int CLOCK_GETTIME = 228;
  private static final int GETCPU = 309;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int PR_GET_NAME = 16;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  /// The segment whose limit is the processor's number in the low 12 bits and its node's above
  /// (Linux 6.6 arch/x86/include/asm/segment.h, `__CPUNODE_SEG`).
  private static final int PROCESSOR_SEGMENT = 0x7b;

  private final Assembler code;

  IdentityFunctions(Assembler code) {
    this.code = code;
  }

  /// Changes `%rax`, `%rcx` and `%r11` only.
  void pidTgid() {
    Label system = code.label("system");
    Label have = code.label("have");
    Label other = code.label("other");
    code.load(8, RCX, R12, ControlPage.TID);
    code.test(true, RCX, RCX);
    code.jumpIf(Condition.EQUAL, system);
    code.loadThreadLocal(RAX, RCX);
    code.bind(have);
    code.load(4, RCX, R12, ControlPage.PID_OFFSET);
    code.binary(Binary.CMP, false, RAX, R12, ControlPage.OWN_PID);
    code.jumpIf(Condition.NOT_EQUAL, other);
    code.mov(false, RAX, RCX);
    code.bind(other);
    code.shift(Shift.LEFT, true, RCX, 32);
    code.binary(Binary.OR, true, RAX, RCX);
    code.ret();
    code.bind(system);
    code.mov(RAX, GETTID);
    code.syscall();
    code.jump(have);
  }

  void uidGid() {
    code.mov(RAX, GETGID);
    code.syscall();
    code.mov(false, R8, RAX);
    code.shift(Shift.LEFT, true, R8, 32);
    code.mov(RAX, GETUID);
    code.syscall();
    code.mov(false, RAX, RAX);
    code.binary(Binary.OR, true, RAX, R8);
    code.ret();
  }

  void processor() {
    Label ask = code.label("ask");
    Label system = code.label("system");
    code.load(8, RCX, R12, ControlPage.PROCESSOR);
    code.test(true, RCX, RCX);
    code.jumpIf(Condition.EQUAL, ask);
    code.loadThreadLocal(RAX, RCX);
    code.test(false, RAX, RAX);
    code.jumpIf(Condition.SIGN, ask);
    code.ret();
    code.bind(ask);
    code.mov(RCX, PROCESSOR_SEGMENT);
    code.bytes(0x0f, 0x03, 0xc1); // lsl %ecx,%eax
    code.jumpIf(Condition.NOT_EQUAL, system);
    code.binary(Binary.AND, false, RAX, 0xfff);
    code.ret();
    code.bind(system);
    code.push(RAX);
    code.mov(true, RDI, RSP);
    code.mov(RSI, 0);
    code.mov(RDX, 0);
    code.mov(RAX, GETCPU);
    code.syscall();
    code.pop(RAX);
    code.mov(false, RAX, RAX);
    code.ret();
  }

  /// `%rdi` where to, `%rsi` how many bytes. What is behind the name is 0.
  void comm() {
    Label have = code.label("have");
    Label next = code.label("next");
    Label put = code.label("put");
    Label end = code.label("end");
    code.push(RDI);
    code.push(RSI);
    code.binary(Binary.SUB, true, RSP, ControlPage.COMM_BYTES);
    code.mov(true, RSI, RSP);
    code.mov(RDI, PR_GET_NAME);
    code.mov(RAX, PRCTL);
    code.syscall();
    code.mov(true, R9, RSP);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, have);
    code.lea(R9, R12, ControlPage.COMM);
    code.bind(have);
    code.load(8, RSI, RSP, ControlPage.COMM_BYTES);
    code.load(8, RDI, RSP, ControlPage.COMM_BYTES + 8);
    code.mov(RCX, ControlPage.COMM_BYTES);
    code.mov(false, RSI, RSI);
    code.test(true, RSI, RSI);
    code.jumpIf(Condition.EQUAL, end);
    code.bind(next);
    code.mov(RAX, 0);
    code.test(true, RCX, RCX);
    code.jumpIf(Condition.EQUAL, put);
    code.load(1, RAX, R9, 0);
    code.binary(Binary.ADD, true, R9, 1);
    code.binary(Binary.SUB, true, RCX, 1);
    code.bind(put);
    code.store(1, RDI, 0, RAX);
    code.binary(Binary.ADD, true, RDI, 1);
    code.binary(Binary.SUB, true, RSI, 1);
    code.jumpIf(Condition.NOT_EQUAL, next);
    code.storeImmediate(1, RDI, -1, 0);
    code.bind(end);
    code.binary(Binary.ADD, true, RSP, ControlPage.COMM_BYTES + 16);
    code.mov(RAX, 0);
    code.ret();
  }

  void time() {
    Label system = code.label("system");
    Label have = code.label("have");
    code.binary(Binary.SUB, true, RSP, 24);
    code.load(8, RAX, R12, ControlPage.CLOCK);
    code.mov(RDI, CLOCK_MONOTONIC);
    code.mov(true, RSI, RSP);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, system);
    code.callIndirect(R12, ControlPage.CLOCK);
    code.bind(have);
    code.load(8, RAX, RSP, 0);
    code.multiply(true, RAX, RAX, NANOS_PER_SECOND);
    code.binary(Binary.ADD, true, RAX, RSP, 8);
    code.binary(Binary.ADD, true, RAX, R12, ControlPage.CLOCK_OFFSET);
    code.binary(Binary.ADD, true, RSP, 24);
    code.ret();
    code.bind(system);
    code.mov(RAX, CLOCK_GETTIME);
    code.syscall();
    code.jump(have);
  }

  void task() {
    code.mov(RAX, PseudoTask.ADDRESS);
    code.ret();
  }

  /// `%rdi` where to, `%rsi` 4 or 8 bytes, `%rdx` what of [PseudoTask]; all else is a fault.
  void readKernel(Label pidTgid, Label fault) {
    Label eight = code.label("eight");
    Label have = code.label("have");
    code.mov(false, RSI, RSI);
    fixed(PseudoTask.ADDRESS + PseudoTask.REAL_PARENT, PseudoTask.PARENT_ADDRESS, have);
    fixed(PseudoTask.ADDRESS + PseudoTask.CRED, PseudoTask.CRED_ADDRESS, have);
    asked(PseudoTask.PARENT_ADDRESS + PseudoTask.TGID, GETPPID, have);
    asked(PseudoTask.CRED_ADDRESS + PseudoTask.EUID, GETEUID, have);
    asked(PseudoTask.CRED_ADDRESS + PseudoTask.EGID, GETEGID, have);
    Label next = unless(PseudoTask.ADDRESS + PseudoTask.FS_BASE);
    code.bytes(0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0); // mov %fs:0,%rax
    code.jump(have);
    code.bind(next);
    next = unless(PseudoTask.ADDRESS + PseudoTask.PID);
    code.call(pidTgid);
    code.jump(have);
    code.bind(next);
    next = unless(PseudoTask.ADDRESS + PseudoTask.TGID);
    code.load(4, RAX, R12, ControlPage.PID_OFFSET);
    code.jump(have);
    code.bind(next);
    code.jump(fault);
    code.bind(have);
    code.binary(Binary.CMP, true, RSI, 8);
    code.jumpIf(Condition.EQUAL, eight);
    code.binary(Binary.CMP, true, RSI, 4);
    code.jumpIf(Condition.NOT_EQUAL, fault);
    code.store(4, RDI, 0, RAX);
    code.mov(RAX, 0);
    code.ret();
    code.bind(eight);
    code.store(8, RDI, 0, RAX);
    code.mov(RAX, 0);
    code.ret();
  }

  private Label unless(int address) {
    Label next = code.label("next");
    code.binary(Binary.CMP, true, RDX, address);
    code.jumpIf(Condition.NOT_EQUAL, next);
    return next;
  }

  private void fixed(int address, int value, Label have) {
    Label next = unless(address);
    code.mov(RAX, value);
    code.jump(have);
    code.bind(next);
  }

  private void asked(int address, int systemCall, Label have) {
    Label next = unless(address);
    code.mov(RAX, systemCall);
    code.syscall();
    code.mov(false, RAX, RAX);
    code.jump(have);
    code.bind(next);
  }
}
