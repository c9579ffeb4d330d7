package pytap.asm.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pytap.source.FormatException;

/// The bytes; that they do the same where they run is shown where functions are patched.
final class RelocatorTest {
  private static final long OLD = 0x401000;
  private static final long NEW = 0x500000;

  private static String relocate(String bytes, long place) throws FormatException {
    Assembler code = new Assembler(place);
    byte[] original = HexFormat.of().parseHex(bytes.replace(" ", ""));
    Relocator.relocate(code, MachineCode.of(original), OLD, place);
    return MachineCode.of(code.finish()).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "55 4157 4156, 55 41 57 41 56 e9 fb 0f f0 ff", // back behind what was displaced
    "e9 00010000, e9 00 11 f0 ff", // to 0x401105
    "eb10 909090, e9 0d 10 f0 ff", // what follows a jump is never reached
    "7410 909090, 0f 84 0c 10 f0 ff 90 90 90 e9 f7 0f f0 ff",
    "488b0510000000, 48 8b 05 10 10 f0 ff e9 fb 0f f0 ff",
    "807d1005 c3, 80 7d 10 05 c3"
  })
  void distancesAreThoseOfTheNewPlace(String bytes, String expected) throws FormatException {
    assertThat(relocate(bytes, NEW)).isEqualTo(expected);
  }

  @Test
  void aCallPushesTheOldReturnAddress() throws FormatException {
    // lea -8(%rsp),%rsp; movl $0x401005,(%rsp); movl $0,4(%rsp); jmp 0x401105
    assertThat(relocate("e800010000", NEW))
        .isEqualTo("48 8d 64 24 f8 c7 04 24 05 10 40 00 c7 44 24 04 00 00 00 00 e9 ec 10 f0 ff");
  }

  @ParameterizedTest
  @CsvSource({
    "e800010000 90, a call that returns to displaced instructions",
    "ff10 909090, a call that returns to displaced instructions",
    "9090 ff542408, a call through the stack pointer",
    "0f0b 909090, an instruction that stops",
    "cc 90909090, an instruction that stops",
    "0f05 909090, an instruction that leaves in an unusual way",
    "cd80 909090, an instruction that leaves in an unusual way",
    "c7f800000000, an instruction that leaves in an unusual way",
    "9090 eb01 9090, a branch among displaced instructions",
    "66e900001010, a branch with an operand-size prefix"
  })
  void whatCannotBeDoneElsewhereIsRefused(String bytes, String found) {
    assertThatThrownBy(() -> relocate(bytes, NEW))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(found);
  }

  @Test
  void aPlaceTooFarAwayIsRefused() {
    assertThatThrownBy(() -> relocate("488b0510000000", OLD + (3L << 30)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("out of reach");
  }
}
