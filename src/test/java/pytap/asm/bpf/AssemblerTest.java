package pytap.asm.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Encodings byte for byte, as Linux 6.6 Documentation/bpf/standardization/instruction-set.rst lays
/// them out: code, registers (dst low, src high), offset, immediate, little endian.
final class AssemblerTest {

  private static String hex(Consumer<Assembler> body) {
    Assembler assembler = new Assembler();
    body.accept(assembler);
    byte[] code = assembler.finish().code();
    return HexFormat.of().formatHex(code).replaceAll("(.{16})(?=.)", "$1 ");
  }

  @Test
  void arithmeticOnRegistersAndImmediates() {
    assertThat(hex(a -> a.mov(Reg.R1, Reg.R10))).isEqualTo("bfa1000000000000");
    assertThat(hex(a -> a.mov(Reg.R0, -1))).isEqualTo("b7000000ffffffff");
    assertThat(hex(a -> a.mov32(Reg.R2, Reg.R3))).isEqualTo("bc32000000000000");
    assertThat(hex(a -> a.add(Reg.R2, -8))).isEqualTo("07020000f8ffffff");
    assertThat(hex(a -> a.add(Reg.R6, Reg.R7))).isEqualTo("0f76000000000000");
    assertThat(hex(a -> a.sub(Reg.R6, Reg.R7))).isEqualTo("1f76000000000000");
    assertThat(hex(a -> a.and(Reg.R3, 0xff))).isEqualTo("57030000ff000000");
    assertThat(hex(a -> a.or(Reg.R3, Reg.R4))).isEqualTo("4f43000000000000");
    assertThat(hex(a -> a.shiftLeft(Reg.R1, 32))).isEqualTo("6701000020000000");
    assertThat(hex(a -> a.shiftRight(Reg.R1, 32))).isEqualTo("7701000020000000");
    assertThat(hex(a -> a.shiftRightSigned(Reg.R1, 32))).isEqualTo("c701000020000000");
    assertThat(hex(a -> a.negate(Reg.R9))).isEqualTo("8709000000000000");
    assertThat(hex(a -> a.alu(Alu.MUL, Reg.R1, 10))).isEqualTo("270100000a000000");
    assertThat(hex(a -> a.alu(Alu.DIV, Reg.R1, Reg.R2))).isEqualTo("3f21000000000000");
    assertThat(hex(a -> a.alu32(Alu.MOD, Reg.R1, 7))).isEqualTo("9401000007000000");
    assertThat(hex(a -> a.alu32(Alu.XOR, Reg.R1, Reg.R5))).isEqualTo("ac51000000000000");
  }

  @Test
  void longConstantsTakeTwoSlotsOnlyWhereTheyMust() {
    assertThat(hex(a -> a.movLong(Reg.R1, -5))).isEqualTo("b7010000fbffffff");
    assertThat(hex(a -> a.movLong(Reg.R1, 0x7fffffffL))).isEqualTo("b7010000ffffff7f");
    assertThat(hex(a -> a.movLong(Reg.R1, 0x80000000L)))
        .isEqualTo("1801000000000080 0000000000000000");
    assertThat(hex(a -> a.movLong(Reg.R8, 0x1122334455667788L)))
        .isEqualTo("1808000088776655 0000000044332211");
  }

  @Test
  void loadsAndStoresOfEverySize() {
    assertThat(hex(a -> a.load(Size.BYTE, Reg.R1, Reg.R2, 3))).isEqualTo("7121030000000000");
    assertThat(hex(a -> a.load(Size.HALF, Reg.R1, Reg.R2, 3))).isEqualTo("6921030000000000");
    assertThat(hex(a -> a.load(Size.WORD, Reg.R1, Reg.R2, 3))).isEqualTo("6121030000000000");
    assertThat(hex(a -> a.load(Size.DOUBLE, Reg.R1, Reg.R2, -8))).isEqualTo("7921f8ff00000000");
    assertThat(hex(a -> a.store(Size.BYTE, Reg.R10, -1, Reg.R7))).isEqualTo("737affff00000000");
    assertThat(hex(a -> a.store(Size.HALF, Reg.R10, -2, Reg.R7))).isEqualTo("6b7afeff00000000");
    assertThat(hex(a -> a.store(Size.WORD, Reg.R10, -4, Reg.R7))).isEqualTo("637afcff00000000");
    assertThat(hex(a -> a.store(Size.DOUBLE, Reg.R10, -8, Reg.R7))).isEqualTo("7b7af8ff00000000");
    assertThat(hex(a -> a.store(Size.DOUBLE, Reg.R10, -16, -2))).isEqualTo("7a0af0fffeffffff");
    assertThat(hex(a -> a.store(Size.WORD, Reg.R1, 4, 9))).isEqualTo("6201040009000000");
  }

  @Test
  void atomicOperations() {
    assertThat(hex(a -> a.atomicAdd(Size.DOUBLE, Reg.R0, 0, Reg.R1))).isEqualTo("db10000000000000");
    assertThat(hex(a -> a.atomicAdd(Size.WORD, Reg.R0, 8, Reg.R1))).isEqualTo("c310080000000000");
    assertThat(hex(a -> a.atomic(Atomic.FETCH_ADD, Size.DOUBLE, Reg.R6, 0, Reg.R1)))
        .isEqualTo("db16000001000000");
    assertThat(hex(a -> a.atomic(Atomic.EXCHANGE, Size.DOUBLE, Reg.R6, 0, Reg.R1)))
        .isEqualTo("db160000e1000000");
    assertThat(hex(a -> a.atomic(Atomic.COMPARE_EXCHANGE, Size.WORD, Reg.R6, 0, Reg.R1)))
        .isEqualTo("c3160000f1000000");
    assertThatThrownBy(() -> hex(a -> a.atomicAdd(Size.BYTE, Reg.R6, 0, Reg.R1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no atomic of 1 bytes");
  }

  @Test
  void jumpsCountSlotsFromTheNextInstruction() {
    assertThat(
            hex(a -> {
              Label top = a.label("top");
              Label end = a.label("end");
              a.bind(top);
              a.jumpIf(Jump.EQUAL, Reg.R1, 0, end);
              a.movLong(Reg.R2, 1L << 40);
              a.jumpIf(Jump.SIGNED_LESS, Reg.R1, Reg.R2, top);
              a.jumpIf32(Jump.NOT_EQUAL, Reg.R1, 7, top);
              a.jumpIf32(Jump.GREATER, Reg.R1, Reg.R3, end);
              a.jump(top);
              a.bind(end);
              a.exit();
            }))
        .isEqualTo(
            "1501060000000000 1802000000000000 0000000000010000 cd21fcff00000000"
                + " 5601fbff07000000 2e31010000000000 0500f9ff00000000 9500000000000000");
  }

  @Test
  void callsToHelpersAndToSubprograms() {
    Assembler a = new Assembler("probe");
    Label callback = a.label("callback");
    a.mov(Reg.R1, 8);
    a.loadFunction(Reg.R2, callback);
    a.call(BpfFunction.LOOP);
    a.call(callback);
    a.exit();
    a.function(callback);
    a.mov(Reg.R0, 1);
    a.exit();
    Program program = a.finish();
    assertThat(HexFormat.of().formatHex(program.code()))
        .isEqualTo(
            "b701000008000000"
                + "1842000004000000"
                + "0000000000000000"
                + "85000000b5000000"
                + "8510000001000000"
                + "9500000000000000"
                + "b700000001000000"
                + "9500000000000000");
    assertThat(program.functions())
        .containsExactly(new Program.Function("probe", 0), new Program.Function("callback", 6));
  }

  @Test
  void mapsAreNumbersUntilTheyAreLoaded() {
    Assembler a = new Assembler();
    a.loadMap(Reg.R1, 1);
    a.loadMapValue(Reg.R2, 0, 24);
    a.exit();
    Program program = a.finish();
    assertThat(program.maps()).containsExactly(new Program.MapUse(0, 1), new Program.MapUse(2, 0));
    assertThat(HexFormat.of().formatHex(program.code()))
        .isEqualTo(
            "1811000001000000"
                + "0000000000000000"
                + "1822000000000000"
                + "0000000018000000"
                + "9500000000000000");
    assertThat(HexFormat.of().formatHex(program.code(List.of(70, 300))))
        .isEqualTo(
            "181100002c010000"
                + "0000000000000000"
                + "1822000046000000"
                + "0000000018000000"
                + "9500000000000000");
    assertThatThrownBy(() -> program.code(List.of(70)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("program uses map 1 of 1 given");
  }

  @Test
  void aLabelThatIsNeverBoundIsNamed() {
    Assembler a = new Assembler();
    a.jump(a.label("nowhere"));
    assertThatThrownBy(a::finish)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("label nowhere was never bound");
  }

  @Test
  void aLabelBoundTwiceIsNamed() {
    Assembler a = new Assembler();
    Label label = a.label("here");
    a.bind(label);
    assertThatThrownBy(() -> a.bind(label))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("label here bound twice");
  }

  @Test
  void aJumpBeyondSixteenBitsIsRefused() {
    Assembler a = new Assembler();
    Label end = a.label("end");
    a.jump(end);
    for (int i = 0; i < 32768; i++) {
      a.mov(Reg.R0, i);
    }
    a.bind(end);
    a.exit();
    assertThatThrownBy(a::finish)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("eBPF offset 32768 does not fit 16 bits");
  }

  @Test
  void programsWithTheSameInstructionsAreEqual() {
    Assembler a = new Assembler();
    a.mov(Reg.R0, 0);
    a.exit();
    Assembler b = new Assembler();
    b.mov(Reg.R0, 0);
    b.exit();
    assertThat(a.finish()).isEqualTo(b.finish());
  }
}
