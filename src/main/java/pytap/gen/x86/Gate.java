package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R10;
import static pytap.asm.x86.GeneralRegister.R11;
import static pytap.asm.x86.GeneralRegister.R8;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RBP;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;
import static pytap.asm.x86.GeneralRegister.RSP;

import java.util.List;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.asm.x86.Relocator;
import pytap.gen.DataPage;
import pytap.gen.RegionLayout;
import pytap.source.FormatException;

/// What a patched gate of a [pytap.probe.Callback.Monitored] jumps to: where there is something to
/// register, that is done, and then the displaced instructions. Where there is not, it takes a look
/// at two words.
final class Gate {
  private static final int RED_ZONE_BYTES = 128;

  /// What a function's prologue may still need of what a called function may change.
  private static final List<GeneralRegister> KEPT = List.of(RDI, RSI, RDX, RCX, R8, R9, R10, RBP);

  private Gate() {}

  /// @param interpreter where in the thread state, in `%rdi`, the interpreter is
  /// @param maintain see [Resident.Made]
  /// @param original the displaced instructions
  /// @param address where they stood
  /// @param place about where this is
  static void emit(
      Assembler code,
      RegionLayout region,
      int interpreter,
      long maintain,
      MachineCode original,
      long address,
      long place)
      throws FormatException {
    Label look = code.label("look");
    Label pass = code.label("pass");
    code.load(8, RAX, RDI, interpreter);
    code.loadFrom(R11, region.data() + DataPage.SETTLED);
    code.binary(Binary.CMP, true, RAX, R11);
    code.jumpIf(Condition.NOT_EQUAL, look);
    code.bind(pass);
    Relocator.relocate(code, original, address, place);
    code.bind(look);
    code.lea(RSP, RSP, -RED_ZONE_BYTES);
    KEPT.forEach(code::push);
    code.mov(true, RBP, RSP);
    code.binary(Binary.AND, true, RSP, -16);
    code.callTo(maintain);
    code.mov(true, RSP, RBP);
    KEPT.reversed().forEach(code::pop);
    code.lea(RSP, RSP, RED_ZONE_BYTES);
    code.jump(pass);
  }
}
