package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.RDX;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.asm.x86.Relocator;
import pytap.gen.DataPage;
import pytap.gen.InProcessImage;
import pytap.source.FormatException;

/// The functions of a callback in the states of threads ([pytap.probe.Callback.PerThread]): the
/// first answers by itself, each other one goes on to the target's own function that it stands in
/// place of, with the arguments as they came and nothing left on the stack.
final class ThreadFunctions {
  /// `xor %eax,%eax; ret`
  private static final byte[] RETURN_0 = {0x31, (byte) 0xc0, (byte) 0xc3};

  private static final int JUMP_BYTES = 6;

  private final Assembler code;
  private final int what;
  private final InProcessImage.Link.PerThread link;
  private final Trampolines trampolines;
  private final long place;

  /// @param what their third argument at the event
  /// @param place about where this is
  ThreadFunctions(
      Assembler code,
      int what,
      InProcessImage.Link.PerThread link,
      Trampolines trampolines,
      long place) {
    this.code = code;
    this.what = what;
    this.link = link;
    this.trampolines = trampolines;
    this.place = place;
  }

  /// In the order of their numbers.
  List<Label> emit(List<Trampolines.Visit> visits) throws FormatException {
    List<Label> functions = new ArrayList<>();
    for (int number = 0; number < DataPage.FUNCTIONS; number++) {
      Label entry = code.label("callback " + number);
      Label event = code.label("event");
      code.bind(entry);
      functions.add(entry);
      MachineCode rest = MachineCode.of(number == 0 ? RETURN_0 : jump(number));
      code.endbr64();
      code.binary(Binary.CMP, false, RDX, what);
      code.jumpIf(Condition.EQUAL, event);
      Relocator.relocate(code, rest, place, place);
      code.bind(event);
      trampolines.site(visits, rest, place, place);
    }
    return functions;
  }

  /// `jmp *REPLACED(%rip)`, as if it stood at `place`.
  private byte[] jump(int number) {
    long word = link.replaced() + (long) number * Long.BYTES;
    ByteBuffer jump = ByteBuffer.allocate(JUMP_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    jump.put((byte) 0xff).put((byte) 0x25);
    jump.putInt(Math.toIntExact(word - (place + JUMP_BYTES)));
    return jump.array();
  }
}
