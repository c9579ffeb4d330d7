package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R12;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;

import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.Label;
import pytap.gen.RegionLayout;
import pytap.gen.SharedHeader;

/// How a forked child, whose control memory is empty, sets itself up at its first hit.
final class Adoption {
  private static final int GETPID = 39;
  private static final int ADOPTING = 1;
  private static final int READY = ControlPage.READY;

  /// How often a thread looks whether another one is done: far longer than it takes.
  private static final int PATIENCE_ROUNDS = 100_000;

  private Adoption() {}

  /// A function without arguments but `%r12`; loses what a call may lose.
  static void emit(Assembler code, RegionLayout region) {
    emit(code, offset -> code.addressOf(RSI, region.shared() + offset));
  }

  /// How `%rsi` gets the address of what lies at an offset of the shared memory.
  interface Shared {
    void address(int offset);
  }

  static void emit(Assembler code, Shared shared) {
    Label other = code.label("other");
    Label next = code.label("next");
    Label entry = code.label("entry");
    Label taken = code.label("taken");
    Label entered = code.label("entered");
    code.mov(RAX, 0);
    code.mov(RCX, ADOPTING);
    code.lockCompareExchange(true, R12, ControlPage.OWNER, RCX);
    code.jumpIf(Condition.NOT_EQUAL, other);
    shared.address(SharedHeader.TEMPLATE_OFFSET);
    code.mov(RCX, ControlPage.PID_OFFSET / 8);
    code.bind(next);
    code.loadElement(RAX, RSI, RCX, 0);
    code.storeElement(R12, RCX, 0, RAX);
    code.binary(Binary.ADD, true, RCX, 1);
    code.binary(Binary.CMP, true, RCX, ControlPage.TEMPLATE_END / 8);
    code.jumpIf(Condition.BELOW, next);
    code.mov(RAX, GETPID);
    code.syscall();
    code.store(4, R12, ControlPage.PID_OFFSET, RAX);
    code.store(4, R12, ControlPage.OWN_PID, RAX);
    code.mov(false, RCX, RAX);
    shared.address(SharedHeader.PIDS_OFFSET);
    code.mov(RDX, SharedHeader.PIDS);
    code.bind(entry);
    code.mov(RAX, 0);
    code.lockCompareExchange(false, RSI, 0, RCX);
    code.jumpIf(Condition.NOT_EQUAL, taken);
    code.jump(entered);
    code.bind(taken);
    code.binary(Binary.ADD, true, RSI, 4);
    code.binary(Binary.SUB, true, RDX, 1);
    code.jumpIf(Condition.NOT_EQUAL, entry);
    code.bind(entered);
    code.storeImmediate(1, R12, ControlPage.ENABLED_OFFSET, 1);
    code.storeImmediate(8, R12, ControlPage.OWNER, READY);
    code.ret();
    code.bind(other);
    await(code);
  }

  /// `%rax` is the owner word.
  private static void await(Assembler code) {
    Label look = code.label("look");
    Label out = code.label("out");
    code.mov(RCX, PATIENCE_ROUNDS);
    code.bind(look);
    code.binary(Binary.CMP, true, RAX, ADOPTING);
    code.jumpIf(Condition.NOT_EQUAL, out);
    code.bytes(0xf3, 0x90); // pause
    code.load(8, RAX, R12, ControlPage.OWNER);
    code.binary(Binary.SUB, true, RCX, 1);
    code.jumpIf(Condition.NOT_EQUAL, look);
    code.bind(out);
    code.ret();
  }
}
