package pytap.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

final class UsdtArgumentsTest {
  private static final Path PYTHON = Path.of("/usr/bin/python3.11");
  private static final Value RAX = Value.register(Register.RAX);

  @Test
  void theArgumentsOfFunctionReturnAreTwoPointersAndAnInteger() throws Exception {
    assertThat(UsdtArguments.parse("8@%rbp 8@%r12 -4@%eax", file()))
        .containsExactly(
            Value.register(Register.RBP),
            Value.register(Register.R12),
            new Value.Narrowed(RAX, 4, true));
  }

  @Test
  void narrowRegistersAreNarrowedByTheirSign() throws Exception {
    assertThat(UsdtArguments.parse("1@%al -2@%ax 4@%r9d -1@%r10b 2@%r11w 4@%rax -4@%esi", file()))
        .containsExactly(
            new Value.Narrowed(RAX, 1, false),
            new Value.Narrowed(RAX, 2, true),
            new Value.Narrowed(Value.register(Register.R9), 4, false),
            new Value.Narrowed(Value.register(Register.R10), 1, true),
            new Value.Narrowed(Value.register(Register.R11), 2, false),
            new Value.Narrowed(RAX, 4, false),
            new Value.Narrowed(Value.register(Register.RSI), 4, true));
  }

  @Test
  void constantsAreConstantsWhateverTheirWidth() throws Exception {
    assertThat(UsdtArguments.parse("-4@$-1 8@$0x10 4@$7", file()))
        .containsExactly(Value.constant(-1), Value.constant(16), Value.constant(7));
  }

  @Test
  void memoryOperandsAreLoadsOfTheirWidth() throws Exception {
    Value stack = Value.register(Register.RSP);
    Value frame = Value.register(Register.RBP);
    assertThat(UsdtArguments.parse("-4@112(%rsp) -4@-292(%rbp) 8@(%rax) 1@0x8(%rax)", file()))
        .containsExactly(
            new Value.Load(Value.plus(stack, 112), 4, true),
            new Value.Load(Value.plus(frame, -292), 4, true),
            new Value.Load(RAX, 8, false),
            new Value.Load(Value.plus(RAX, 8), 1, false));
  }

  @Test
  void anIndexedOperandIsBasePlusScaledIndexPlusDisplacement() throws Exception {
    Value index = Value.register(Register.RCX);
    Value sum =
        new Value.Difference(
            RAX, new Value.Difference(Value.constant(0), new Value.ShiftedLeft(index, 3)));
    assertThat(UsdtArguments.parse("8@16(%rax,%rcx,8)", file()))
        .containsExactly(new Value.Load(Value.plus(sum, 16), 8, false));
    Value unscaled = new Value.Difference(RAX, new Value.Difference(Value.constant(0), index));
    assertThat(UsdtArguments.parse("8@(%rax,%rcx)", file()))
        .containsExactly(new Value.Load(unscaled, 8, false));
  }

  @Test
  void aSymbolIsItsAddress() throws Exception {
    long runtime = file().exported("_PyRuntime").orElseThrow().address();
    assertThat(UsdtArguments.parse("8@_PyRuntime(%rip) 4@_PyRuntime+8(%rip) 8@_PyRuntime", file()))
        .containsExactly(
            new Value.Load(new Value.Static(runtime), 8, false),
            new Value.Load(new Value.Static(runtime + 8), 4, false),
            new Value.Load(new Value.Static(runtime), 8, false));
  }

  @Test
  void aHighByteIsShiftedDown() throws Exception {
    assertThat(UsdtArguments.parse("-1@%ah", file()))
        .containsExactly(new Value.Narrowed(new Value.ShiftedRight(RAX, 8), 1, true));
  }

  @Test
  void symbolsAndNumbersAddUp() throws Exception {
    long runtime = file().exported("_PyRuntime").orElseThrow().address();
    Value index = new Value.ShiftedLeft(RAX, 2);
    Value at = new Value.Static(runtime + 8);
    assertThat(
            UsdtArguments.parse(
                "8@$_PyRuntime 8@8+_PyRuntime(%rip) 4@_PyRuntime+16-8(,%rax,4)"
                    + " 8@$18446744073709551615 8@$010",
                file()))
        .containsExactly(
            new Value.Static(runtime),
            new Value.Load(at, 8, false),
            new Value.Load(
                new Value.Difference(index, new Value.Difference(Value.constant(0), at)), 4, false),
            Value.constant(-1),
            Value.constant(8));
  }

  @Test
  void whatIsOfTheThreadIsBehindItsPointer() throws Exception {
    assertThat(UsdtArguments.parse("8@%fs:16 8@%fs:8(%rax)", file()))
        .containsExactly(
            new Value.Load(Value.plus(new Value.ThreadPointer(), 16), 8, false),
            new Value.Load(
                new Value.Difference(
                    new Value.ThreadPointer(),
                    new Value.Difference(Value.constant(0), Value.plus(RAX, 8))),
                8,
                false));
  }

  @Test
  void noArgumentsAreNoValues() throws Exception {
    assertThat(UsdtArguments.parse("", file())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8@%xmm0",
        "8@%rip",
        "3@%rax",
        "8@a-b(%rip)",
        "8@%gs:8",
        "8@no_such_symbol(%rip)",
        "8@%",
        "8@$",
        "nonsense!"
      })
  void whatCannotBeReadIsRefused(String spec) throws Exception {
    ElfFile file = file();
    assertThatThrownBy(() -> UsdtArguments.parse(spec, file))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("\"" + spec + "\"");
  }

  private static ElfFile file() throws Exception {
    return ElfFile.open(PYTHON);
  }
}
