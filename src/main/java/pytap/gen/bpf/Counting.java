package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R2;

import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Size;
import pytap.gen.KernelMap;

/// Compiles the counting of what is not delivered.
final class Counting {
  private Counting() {}

  /// Adds one to the counter at `offset` of the COUNTERS map.
  static void emit(Assembler code, int offset) {
    code.loadMapValue(R1, KernelMap.COUNTERS.number(), offset);
    code.mov(R2, 1);
    code.atomicAdd(Size.DOUBLE, R1, 0, R2);
  }
}
