package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSP;

import java.util.List;
import java.util.function.Consumer;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.asm.x86.Relocator;
import pytap.gen.InProcessImage;
import pytap.gen.RegionLayout;
import pytap.probe.Callback;
import pytap.probe.Register;
import pytap.source.FormatException;

/// What the jumps at a callback's window and at its setter's lead to
/// ([pytap.probe.Callback.PerThread]): they put a function of ours into the running thread's word
/// where there is none, or another's. The thread holds the interpreter's lock there, so nobody else
/// writes to any of it.
///
/// ## Frame
///
/// ```
/// 0  %rcx  8 %rax  16 %rdx  24 the flags as %ax holds them
/// 32 the red zone of the interrupted function
/// ```
final class ThreadKeeper {
  private static final int SAVED_RCX = 0;
  private static final int SAVED_RAX = 8;
  private static final int SAVED_RDX = 16;
  private static final int SAVED_FLAGS = 24;
  private static final int FRAME_BYTES = 32 + 128;

  private final Assembler code;
  private final RegionLayout region;
  private final InProcessImage.Link.PerThread link;
  private final Callback.Slots slots;
  private final Label done;

  ThreadKeeper(Assembler code, RegionLayout region, InProcessImage.Link.PerThread link) {
    this.code = code;
    this.region = region;
    this.link = link;
    this.slots = link.slots();
    this.done = code.label("done");
  }

  /// At the callback's own window.
  ///
  /// @param functions in the order of their numbers, one behind the other
  /// @param original the displaced instructions
  /// @param address where they stood
  /// @param place about where this is
  void keep(List<Label> functions, MachineCode original, long address, long place)
      throws FormatException {
    Label pass = begin();
    keep(functions);
    end(pass, original, address, place);
  }

  /// At the window of the target's setter, whose argument it changes.
  ///
  /// @param register the argument's
  void change(
      Register register, List<Label> functions, MachineCode original, long address, long place)
      throws FormatException {
    GeneralRegister argument = GeneralRegister.valueOf(register.name());
    Label none = code.label("none");
    Label pass = begin();
    code.mov(true, RAX, argument);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, none);
    unlessOurs(functions);
    replace(functions, function -> code.address(argument, function));
    code.jump(done);
    code.bind(none);
    code.address(argument, functions.getFirst());
    end(pass, original, address, place);
  }

  private Label begin() {
    Label off = code.label("off");
    Label on = code.label("on");
    Label pass = code.label("pass");
    code.lea(RSP, RSP, -FRAME_BYTES);
    code.store(8, RSP, SAVED_RCX, RCX);
    code.loadByteFrom(RCX, region.control() + ControlPage.ENABLED_OFFSET);
    code.jumpIfRcxZero(off);
    code.jump(on);
    code.bind(off);
    code.jump(pass);
    code.bind(on);
    code.store(8, RSP, SAVED_RAX, RAX);
    code.store(8, RSP, SAVED_RDX, RDX);
    code.bytes(0x9f); // lahf
    code.bytes(0x0f, 0x90, 0xc0); // seto %al
    code.store(8, RSP, SAVED_FLAGS, RAX);
    return pass;
  }

  private void end(Label pass, MachineCode original, long address, long place)
      throws FormatException {
    code.bind(done);
    code.load(8, RAX, RSP, SAVED_FLAGS);
    code.bytes(0x04, 0x7f); // add $0x7f,%al: overflows if it was 1
    code.bytes(0x9e); // sahf
    code.load(8, RAX, RSP, SAVED_RAX);
    code.load(8, RDX, RSP, SAVED_RDX);
    code.bind(pass);
    code.load(8, RCX, RSP, SAVED_RCX);
    code.lea(RSP, RSP, FRAME_BYTES);
    Relocator.relocate(code, original, address, place);
  }

  /// `%rcx` becomes the thread's state.
  private void keep(List<Label> functions) {
    Label none = code.label("none");
    code.loadFrom(RCX, slots.list().current());
    code.test(true, RCX, RCX);
    code.jumpIf(Condition.EQUAL, done);
    code.load(8, RAX, RCX, slots.slot());
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, none);
    unlessOurs(functions);
    replace(
        functions,
        function -> {
          code.address(RDX, function);
          code.store(8, RCX, slots.slot(), RDX);
        });
    code.jump(done);
    code.bind(none);
    code.address(RDX, functions.getFirst());
    code.store(8, RCX, slots.slot(), RDX);
    count();
    setFlag();
  }

  /// Is done where `%rax` is one of ours.
  private void unlessOurs(List<Label> functions) {
    Label anothers = code.label("anothers");
    code.address(RDX, functions.getFirst());
    code.binary(Binary.CMP, true, RAX, RDX);
    code.jumpIf(Condition.BELOW, anothers);
    code.address(RDX, functions.getLast());
    code.binary(Binary.CMP, true, RAX, RDX);
    code.jumpIf(Condition.BELOW_EQUAL, done);
    code.bind(anothers);
  }

  /// `%rax` is the function to stand in place of. Where all of ours are taken it is left alone.
  ///
  /// @param put puts one of ours in its place
  private void replace(List<Label> functions, Consumer<Label> put) {
    for (int number = 1; number < functions.size(); number++) {
      Label free = code.label("free");
      Label mine = code.label("mine");
      Label next = code.label("next");
      code.addressOf(RDX, link.replaced() + (long) number * Long.BYTES);
      code.binary(Binary.CMP, true, RAX, RDX, 0);
      code.jumpIf(Condition.EQUAL, mine);
      code.load(8, RDX, RDX, 0);
      code.test(true, RDX, RDX);
      code.jumpIf(Condition.EQUAL, free);
      code.jump(next);
      code.bind(free);
      code.storeTo(link.replaced() + (long) number * Long.BYTES, RAX);
      code.bind(mine);
      put.accept(functions.get(number));
      code.jump(done);
      code.bind(next);
    }
  }

  private void count() {
    switch (slots.count()) {
      case Callback.Count.None _ -> {}
      case Callback.Count.Static(long address) -> {
        code.addressOf(RDX, address);
        code.binaryTo(Binary.ADD, false, RDX, 0, 1);
      }
      case Callback.Count.InInterpreter(int pointer, int offset) -> {
        code.load(8, RDX, RCX, pointer);
        code.binaryTo(Binary.ADD, false, RDX, offset, 1);
      }
    }
  }

  private void setFlag() {
    Callback.Flag flag = slots.flag();
    code.load(4, RAX, RCX, slots.depth());
    code.test(false, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, done);
    if (flag.pointer() < 0) {
      code.storeImmediate(flag.widthBytes(), RCX, flag.offset(), flag.value());
    } else {
      code.load(8, RDX, RCX, flag.pointer());
      code.storeImmediate(flag.widthBytes(), RDX, flag.offset(), flag.value());
    }
  }
}
