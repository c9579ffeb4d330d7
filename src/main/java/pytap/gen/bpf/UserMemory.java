package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;

import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;

/// Compiles reads of the target's memory.
final class UserMemory {
  private UserMemory() {}

  /// Reads `bytes` at the user address in R3 into the stack at `stackOffset` from R10.
  static void read(Assembler code, int stackOffset, int bytes, Label unreadable) {
    code.mov(R1, R10);
    code.add(R1, stackOffset);
    code.mov(R2, bytes);
    code.call(BpfFunction.PROBE_READ_USER);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, unreadable);
  }
}
