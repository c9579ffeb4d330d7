package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.Instruction;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

/// What a value was before an instruction.
final class EarlierValueTest {
  private static final Value RAX = Value.register(Register.RAX);
  private static final Value RBX = Value.register(Register.RBX);
  private static final Value RCX = Value.register(Register.RCX);
  private static final Value RSP = Value.register(Register.RSP);
  private static final Value SLOT = Value.word(RSP, 16);

  private static Instruction instruction(String hex) throws FormatException {
    ByteBuffer bytes = ByteBuffer.allocate(16).put(HexFormat.of().parseHex(hex)).flip();
    return new Decoder(bytes, 0x1000).at(0x1000);
  }

  private static Optional<Value> before(Value after, String hex) throws FormatException {
    return EarlierValue.before(after, instruction(hex));
  }

  @Test
  void whatIsMovedWasWhereItCameFrom() throws FormatException {
    assertThat(before(RAX, "4889d8")).as("mov %rbx,%rax").contains(RBX);
    assertThat(before(RAX, "89d8")).as("mov %ebx,%eax").contains(new Value.Narrowed(RBX, 4, false));
    assertThat(before(RAX, "4863c3"))
        .as("movslq %ebx,%rax")
        .contains(new Value.Narrowed(RBX, 4, true));
    assertThat(before(RAX, "488b442410")).as("mov 0x10(%rsp),%rax").contains(SLOT);
    assertThat(before(RAX, "8b442410"))
        .as("mov 0x10(%rsp),%eax")
        .contains(new Value.Load(Value.plus(RSP, 16), 4, false));
    assertThat(before(RAX, "b802000000")).as("mov $2,%eax").contains(Value.constant(2));
    assertThat(before(RAX, "31c0")).as("xor %eax,%eax").contains(Value.constant(0));
    assertThat(before(RAX, "488d0510000000"))
        .as("lea 0x10(%rip),%rax")
        .contains(new Value.Static(0x1017));
    assertThat(before(SLOT, "48895c2410")).as("mov %rbx,0x10(%rsp)").contains(RBX);
  }

  @Test
  void whatIsAddedWasTwo() throws FormatException {
    Value sum = new Value.Difference(RBX, new Value.Difference(Value.constant(0), RCX));
    assertThat(before(RAX, "488d040b")).as("lea (%rbx,%rcx),%rax").contains(sum);
    assertThat(before(RBX, "4801cb")).as("add %rcx,%rbx").contains(sum);
    assertThat(before(RBX, "4883c308")).as("add $8,%rbx").contains(Value.plus(RBX, 8));
  }

  @Test
  void theStackMovesUnderItsSlots() throws FormatException {
    assertThat(before(SLOT, "4883ec08")).as("sub $8,%rsp").contains(Value.word(RSP, 8));
    assertThat(before(SLOT, "53")).as("push %rbx").contains(Value.word(RSP, 8));
    assertThat(before(Value.word(RSP, 0), "53")).as("push over it").isEmpty();
    assertThat(before(SLOT, "5b")).as("pop %rbx").contains(Value.word(RSP, 24));
    assertThat(before(RBX, "5b")).as("pop of it").contains(new Value.Load(RSP, 8, false));
  }

  @ParameterizedTest
  @CsvSource({
    "4889d9, mov %rbx to %rcx",
    "e800000000, call",
    "48895c2408, mov %rbx to 0x8(%rsp)",
    "f6878000000001, testb $1",
    "4885c0, test"
  })
  void whatIsNotTouchedStays(String hex, String what) throws FormatException {
    assertThat(before(RBX, hex)).as(what).contains(RBX);
    assertThat(before(SLOT, hex)).as(what).contains(SLOT);
  }

  @Test
  void whatIsComputedOtherwiseIsNotKnown() throws FormatException {
    assertThat(before(RAX, "0fafc3")).as("imul %ebx,%eax").isEmpty();
    assertThat(before(RAX, "e800000000")).as("call").isEmpty();
    assertThat(before(SLOT, "48895c240c")).as("a store over half of it").isEmpty();
  }
}
