package pytap.asm.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DisassemblerTest {

  @Test
  void everyKindOfInstructionHasItsLine() {
    Assembler a = new Assembler();
    Label skip = a.label("skip");
    Label body = a.label("body");
    a.mov(Reg.R6, Reg.R1);
    a.store(Size.WORD, Reg.R10, -4, 0);
    a.store(Size.DOUBLE, Reg.R10, -16, Reg.R6);
    a.load(Size.HALF, Reg.R3, Reg.R6, 112);
    a.loadMap(Reg.R1, 2);
    a.loadMapValue(Reg.R4, 0, 8);
    a.movLong(Reg.R5, 0xfedcba9876543210L);
    a.call(BpfFunction.MAP_LOOKUP_ELEM);
    a.jumpIf(Jump.EQUAL, Reg.R0, 0, skip);
    a.jumpIf32(Jump.SIGNED_GREATER_EQUAL, Reg.R0, Reg.R3, skip);
    a.atomicAdd(Size.DOUBLE, Reg.R0, 0, Reg.R6);
    a.atomic(Atomic.COMPARE_EXCHANGE, Size.WORD, Reg.R7, 4, Reg.R6);
    a.alu32(Alu.ADD, Reg.R3, -7);
    a.shiftRightSigned(Reg.R3, 5);
    a.negate(Reg.R3);
    a.loadFunction(Reg.R2, body);
    a.call(body);
    a.jump(skip);
    a.bind(skip);
    a.mov(Reg.R0, 0);
    a.exit();
    a.function(body);
    a.mov32(Reg.R0, Reg.R2);
    a.exit();
    assertThat(a.finish().toString())
        .isEqualTo(
            """
               0: r6 = r1
               1: *(u32 *)(r10 - 4) = 0
               2: *(u64 *)(r10 - 16) = r6
               3: r3 = *(u16 *)(r6 + 112)
               4: r1 = map[2]
               6: r4 = map[0][0]+8
               8: r5 = 0xfedcba9876543210 ll
              10: call map_lookup_elem
              11: if r0 == 0 goto 22
              12: if w0 s>= w3 goto 22
              13: lock add *(u64 *)(r0 + 0), r6
              14: lock compare_exchange *(u32 *)(r7 + 4), r6
              15: w3 += -7
              16: r3 s>>= 5
              17: r3 = -r3
              18: r2 = body
              20: call body
              21: goto 22
              22: r0 = 0
              23: exit
            body:
              24: w0 = w2
              25: exit
            """);
  }
}
