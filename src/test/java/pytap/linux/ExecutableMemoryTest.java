package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import pytap.source.TracerException;

final class ExecutableMemoryTest {

  @Test
  void codeIsCalledWhereItWasPlaced() throws TracerException {
    byte[] sum = HexFormat.of().parseHex("488b07" + "480306" + "c3");
    byte[] difference = HexFormat.of().parseHex("488b07" + "482b06" + "c3");
    try (Arena arena = Arena.ofConfined();
        ExecutableMemory memory = ExecutableMemory.create(new LinuxKernel(), "test", 4096)) {
      MemorySegment forty = arena.allocateFrom(Native.LONG, 40);
      MemorySegment two = arena.allocateFrom(Native.LONG, 2);
      long first = memory.place(sum);
      long second = memory.place(difference);
      assertThat(second).isEqualTo(first + 16);
      assertThat(memory.call(first, forty, two)).isEqualTo(42);
      assertThat(memory.call(second, forty, two)).isEqualTo(38);
    }
  }

  @Test
  void whatDoesNotFitIsABugOfTheCaller() throws TracerException {
    try (ExecutableMemory memory = ExecutableMemory.create(new LinuxKernel(), "test", 4096)) {
      memory.place(new byte[4000]);
      assertThatThrownBy(() -> memory.place(new byte[97]))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no room for 97 bytes of code");
    }
  }
}
