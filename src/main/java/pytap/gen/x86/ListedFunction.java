package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R8;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;

import java.nio.charset.StandardCharsets;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.Label;
import pytap.gen.InProcessImage;

/// The beginning of a function in a list of callbacks ([pytap.probe.Callback.Listed]): what comes
/// before the program runs.
///
/// It takes its entries out of the list at the event after which all entries are freed: no memory
/// of ours may come into the hands of the target's allocator. It does so whether or not hits count,
/// for as long as the code lies there.
final class ListedFunction {
  private ListedFunction() {}

  /// Falls through to where the program is to run, with the arguments as they came; in the guard's
  /// calls it returns 0 instead, but for the farewell: another function may end that round.
  static void begin(Assembler code, InProcessImage.Link.Listed link, String farewell) {
    Label other = code.label("other");
    Label counts = code.label("counts");
    code.endbr64();
    byte[] name = farewell.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i <= name.length; i++) {
      code.load(1, RAX, RDI, i);
      code.binary(Binary.CMP, false, RAX, i < name.length ? name[i] : 0);
      code.jumpIf(Condition.NOT_EQUAL, other);
    }
    takeOut(code, link);
    code.jump(counts);
    code.bind(other);
    code.test(true, RDX, RDX);
    code.jumpIf(Condition.EQUAL, counts);
    code.mov(RAX, 0);
    code.ret();
    code.bind(counts);
  }

  /// A word leads to an entry, whose first word leads to the next. Each store is one word, as other
  /// threads may be on their way through the list.
  private static void takeOut(Assembler code, InProcessImage.Link.Listed link) {
    Label look = code.label("look");
    Label ours = code.label("ours");
    Label end = code.label("end");
    code.addressOf(R8, link.guard());
    code.addressOf(R9, link.entry());
    code.addressOf(RCX, link.head());
    code.bind(look);
    code.load(8, RAX, RCX, 0);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, end);
    code.binary(Binary.CMP, true, RAX, R8);
    code.jumpIf(Condition.EQUAL, ours);
    code.binary(Binary.CMP, true, RAX, R9);
    code.jumpIf(Condition.EQUAL, ours);
    code.mov(true, RCX, RAX);
    code.jump(look);
    code.bind(ours);
    code.load(8, RAX, RAX, 0);
    code.store(8, RCX, 0, RAX);
    code.jump(look);
    code.bind(end);
  }
}
