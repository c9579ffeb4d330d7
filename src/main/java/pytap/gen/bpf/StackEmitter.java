package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R3;
import static pytap.asm.bpf.Reg.R6;
import static pytap.asm.bpf.Reg.R7;
import static pytap.asm.bpf.Reg.R8;
import static pytap.asm.bpf.Reg.R9;

import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.gen.Scratch;
import pytap.place.Capture;
import pytap.probe.Register;

/// Compiles the capture of the user stack: page by page, because above its outermost frame there
/// may be none, up to the first page that is not there.
final class StackEmitter {
  private static final int PAGE = Capture.Stack.PAGE_BYTES;

  private final Assembler code;
  private final Stack stack;
  private final Scratch scratch;

  StackEmitter(Assembler code, Stack stack, Scratch scratch) {
    this.code = code;
    this.stack = stack;
    this.scratch = scratch;
  }

  /// The bytes go behind the record so far (R9), their number into the slot. Loses R8, the cookie.
  void emit(Capture.Stack user, int slotOffset) {
    int size = stack.allocate(8);
    Label end = code.label("stack_end");
    code.mov(R0, 0);
    code.store(Size.DOUBLE, R7, slotOffset, R0);
    code.load(Size.DOUBLE, R8, R6, Register.RSP.offset());
    code.mov(R1, R8);
    code.and(R1, PAGE - 1);
    code.mov(R2, PAGE);
    code.sub(R2, R1);
    readPage(size, slotOffset, end);
    for (int at = PAGE; at < user.maxBytes(); at += PAGE) {
      code.mov(R2, PAGE);
      readPage(size, slotOffset, end);
    }
    code.bind(end);
  }

  /// Reads R2 bytes at R8, which end at a page's end, and moves on.
  private void readPage(int size, int slotOffset, Label end) {
    code.store(Size.DOUBLE, R10, size, R2);
    code.mov(R1, R7);
    code.add(R1, Scratch.RECORD_OFFSET);
    code.add(R1, R9);
    code.mov(R3, R8);
    code.call(BpfFunction.PROBE_READ_USER);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, end);
    code.load(Size.DOUBLE, R1, R10, size);
    code.add(R8, R1);
    code.add(R9, R1);
    code.and(R9, scratch.slotBytes() - 1);
    code.load(Size.WORD, R0, R7, slotOffset);
    code.add(R0, R1);
    code.store(Size.WORD, R7, slotOffset, R0);
  }
}
