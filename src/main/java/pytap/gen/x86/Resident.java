package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R12;
import static pytap.asm.x86.GeneralRegister.R13;
import static pytap.asm.x86.GeneralRegister.R14;
import static pytap.asm.x86.GeneralRegister.R15;
import static pytap.asm.x86.GeneralRegister.R8;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RBP;
import static pytap.asm.x86.GeneralRegister.RBX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;
import static pytap.asm.x86.GeneralRegister.RSP;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.asm.x86.Shift;
import pytap.gen.DataPage;
import pytap.gen.RegionLayout;
import pytap.gen.SharedHeader;
import pytap.probe.Callback;

/// The code behind a [Callback.Monitored]: the function that the interpreter calls, and what
/// registers it and takes it back by calls of the interpreter's C API, in a thread that may make
/// them.
///
/// The interpreter keeps the function's address for as long as it likes, so this code lies where
/// nothing is ever written over it, and is the same whoever uses the region: what changes is in the
/// control and data memory. Where nothing listens any more the function registers itself off, at
/// the next event; so a pytap that ends, or is killed and followed by another, need not wait for a
/// thread that may call the interpreter.
///
/// In a forked child of a free-threaded build it only asks not to be called again from where it
/// was.
///
/// To register is safe to repeat: a tool with our name is ours, of another pytap or of the process
/// that this one was forked from, and is taken over. What is seen of it in the program is this tool
/// and the audit event of registering. An exception that is pending is put aside meanwhile.
///
/// ```
/// +0    PyMethodDef, texts
/// +256  the function
/// ```
final class Resident {
  private static final int ENTRY_OFFSET = 256;

  private static final String NAME = "pytap";

  /// `METH_FASTCALL` (CPython 3.12.1 Include/methodobject.h).
  private static final int FASTCALL = 0x80;

  private static final int METHOD_BYTES = 32;

  /// What no tool of a known kind takes (PEP 669 "Tool identifiers"), from the last one on.
  private static final int LAST_TOOL = 4;

  private static final int FIRST_TOOL = 3;

  /// What the name of a tool may tell.
  private static final int FREE = 0;

  private static final int OURS = 1;
  private static final int OTHERS = 2;

  private static final List<String> TEXTS =
      List.of(
          NAME,
          "monitoring",
          "DISABLE",
          "get_tool",
          "use_tool_id",
          "free_tool_id",
          "register_callback",
          "set_events",
          "i",
          "ii",
          "is",
          "iiO");

  private final Assembler code;
  private final RegionLayout region;
  private final Callback.Monitored callback;
  private final long bias;
  private final long address;
  private final Label entry;
  private final Label maintain;
  private final Label tool;
  private final Label adoption;
  private final Label register;
  private final Label remove;

  private Resident(RegionLayout region, Callback.Monitored callback, long bias) {
    this.region = region;
    this.callback = callback;
    this.bias = bias;
    this.address = region.resident();
    this.code = new Assembler(address);
    this.entry = code.label("function");
    this.maintain = code.label("maintain");
    this.tool = code.label("tool");
    this.adoption = code.label("adoption");
    this.register = code.label("register");
    this.remove = code.label("remove");
  }

  /// @param code for the region's resident memory
  /// @param maintain the address of what a gate calls: a C function
  record Made(MachineCode code, long maintain) {}

  /// @param bias what to add to the file's link-time addresses
  static Made make(RegionLayout region, Callback.Monitored callback, long bias) {
    return new Resident(region, callback, bias).make();
  }

  private Made make() {
    data();
    code.bind(entry);
    function();
    code.bind(maintain);
    maintain();
    code.bind(register);
    register();
    code.bind(remove);
    remove();
    code.bind(tool);
    tool();
    code.bind(adoption);
    Adoption.emit(
        code,
        offset -> {
          code.loadFrom(RSI, region.data() + DataPage.SHARED);
          code.binary(Binary.ADD, true, RSI, offset);
        });
    byte[] bytes = code.finish();
    if (bytes.length > RegionLayout.RESIDENT_BYTES || code.offset(entry) != ENTRY_OFFSET) {
      throw new IllegalStateException("resident code of " + bytes.length + " bytes");
    }
    return new Made(MachineCode.of(bytes), address + code.offset(maintain));
  }

  private void data() {
    ByteBuffer data = ByteBuffer.allocate(ENTRY_OFFSET).order(ByteOrder.LITTLE_ENDIAN);
    data.putLong(text(NAME)).putLong(address + ENTRY_OFFSET).putLong(FASTCALL).putLong(0);
    for (String text : TEXTS) {
      data.put(text.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    }
    for (byte value : data.array()) {
      code.bytes(value & 0xff);
    }
  }

  private long text(String text) {
    long at = address + METHOD_BYTES;
    for (String other : TEXTS) {
      if (other.equals(text)) {
        return at;
      }
      at += other.length() + 1;
    }
    throw new IllegalStateException("no text " + text);
  }

  /// `PyObject *function(PyObject *self, PyObject *const *arguments, Py_ssize_t count)`.
  private void function() {
    Label unheard = code.label("unheard");
    Label off = code.label("off");
    List<GeneralRegister> kept = List.of(RDI, RSI, RDX, RBX, R12);
    code.endbr64();
    code.loadFrom(RAX, region.control() + ControlPage.CALLBACK);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, unheard);
    jumpToRax();
    code.bind(unheard);
    kept.forEach(code::push);
    code.addressOf(R12, region.control());
    adopt(off);
    popAll(kept);
    jumpToRax();
    code.bind(off);
    if (callback.stopsWorld()) {
      Label own = code.label("own");
      code.load(8, RAX, R12, ControlPage.OWNER);
      code.binary(Binary.CMP, true, RAX, ControlPage.READY);
      code.jumpIf(Condition.EQUAL, own);
      disable();
      popAll(kept);
      code.ret();
      code.bind(own);
    }
    code.call(remove);
    popAll(kept);
    code.mov(RAX, none());
    code.ret();
  }

  /// `%rax` = `sys.monitoring.DISABLE`: CPython 3.13.5 Python/pystate.c `stop_the_world` holds one
  /// lock while it waits for another, and a child that is forked then has it for ever.
  private void disable() {
    Label found = code.label("found");
    Label missing = code.label("missing");
    code.mov(RDI, text("monitoring"));
    call("PySys_GetObject");
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, missing);
    code.mov(true, RDI, RAX);
    code.mov(RSI, text("DISABLE"));
    call("PyObject_GetAttrString");
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, found);
    call("PyErr_Clear");
    code.bind(missing);
    code.mov(RAX, none());
    code.bind(found);
  }

  private void jumpToRax() {
    code.bytes(0xff, 0xe0);
  }

  private void popAll(List<GeneralRegister> registers) {
    registers.reversed().forEach(code::pop);
  }

  /// In a forked child that follows its parent: `%rax` = what the function goes on to. Else to
  /// `otherwise`. `%r12` is the control page.
  private void adopt(Label otherwise) {
    code.load(8, RAX, R12, ControlPage.OWNER);
    code.binary(Binary.CMP, true, RAX, ControlPage.READY);
    code.jumpIf(Condition.EQUAL, otherwise);
    code.loadFrom(RAX, region.data() + DataPage.SHARED);
    code.load(1, RAX, RAX, SharedHeader.FOLLOW_OFFSET);
    code.test(false, RAX, RAX);
    code.jumpIf(Condition.EQUAL, otherwise);
    code.call(adoption);
    code.load(8, RAX, R12, ControlPage.CALLBACK);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, otherwise);
  }

  /// What a gate calls: sees to it that the function is registered in the interpreter whose thread
  /// this is. Each interpreter is looked at by one thread; a number may drive another with the same
  /// low bits out, which costs no more than registering again.
  private void maintain() {
    Label out = code.label("out");
    Label listening = code.label("listening");
    Label settled = code.label("settled");
    List<GeneralRegister> kept = List.of(RBX, RBP, R12, R13, R14);
    kept.forEach(code::push);
    call("PyInterpreterState_Get");
    code.mov(true, RBX, RAX);
    code.addressOf(R12, region.control());
    code.load(8, RAX, R12, ControlPage.CALLBACK);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, listening);
    adopt(out);
    code.bind(listening);
    wordOf(RBX);
    code.load(8, RAX, R14, 0);
    code.binary(Binary.CMP, true, RAX, RBP);
    code.jumpIf(Condition.EQUAL, settled);
    code.lockCompareExchange(true, R14, 0, RBP);
    code.jumpIf(Condition.NOT_EQUAL, out);
    code.call(register);
    code.test(false, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, settled);
    forget();
    code.jump(out);
    code.bind(settled);
    code.binary(Binary.CMP, true, RBP, 1);
    code.jumpIf(Condition.NOT_EQUAL, out);
    code.storeTo(region.data() + DataPage.SETTLED, RBX);
    code.bind(out);
    popAll(kept);
    code.ret();
  }

  /// `%r14` = the address of the word of the interpreter, `%rbp` = what says that it is settled.
  private void wordOf(GeneralRegister interpreter) {
    code.mov(true, RDI, interpreter);
    call("PyInterpreterState_GetID");
    code.lea(RBP, RAX, 1);
    code.binary(Binary.AND, true, RAX, DataPage.INTERPRETERS - 1);
    code.shift(Shift.LEFT, true, RAX, 3);
    code.addressOf(R14, region.data() + DataPage.REGISTERED);
    code.binary(Binary.ADD, true, R14, RAX);
  }

  /// The next thread that comes by at a gate looks again.
  private void forget() {
    code.mov(RAX, 0);
    code.store(8, R14, 0, RAX);
    code.storeTo(region.data() + DataPage.SETTLED, RAX);
  }

  /// Returns 0 where it is too early: the interpreter is being set up.
  private void register() {
    Label early = code.label("early");
    Label next = code.label("next");
    Label use = code.label("use");
    Label found = code.label("found");
    Label refused = code.label("refused");
    Label over = code.label("over");
    List<GeneralRegister> kept = List.of(RBX, RBP, R13, R14, R15);
    kept.forEach(code::push);
    begin(early);
    code.mov(R15, 1);
    code.mov(R13, LAST_TOOL);
    Label look = code.label("look");
    code.bind(look);
    code.call(tool);
    code.binary(Binary.CMP, false, RAX, OURS);
    code.jumpIf(Condition.EQUAL, found);
    code.test(false, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, next);
    code.bind(use);
    code.mov(R8, text(NAME));
    method("use_tool_id", "is");
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, found);
    call("PyErr_Clear");
    code.bind(next);
    code.binary(Binary.SUB, false, R13, 1);
    code.binary(Binary.CMP, false, R13, FIRST_TOOL);
    code.jumpIf(Condition.ABOVE_EQUAL, look);
    say(SharedHeader.NO_TOOL_FREE);
    code.jump(over);
    code.bind(found);
    code.mov(RDI, address);
    code.mov(RSI, 0);
    code.mov(RDX, 0);
    code.mov(RCX, 0);
    call("PyCMethod_New");
    code.mov(true, R14, RAX);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, refused);
    code.mov(true, R9, R14);
    code.mov(R8, 1L << callback.event());
    method("register_callback", "iiO");
    code.push(RAX);
    code.push(RAX);
    code.mov(true, RDI, R14);
    call("Py_DecRef");
    code.pop(RAX);
    code.pop(RAX);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, refused);
    code.mov(R8, 1L << callback.event());
    method("set_events", "ii");
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, over);
    code.bind(refused);
    call("PyErr_Clear");
    say(SharedHeader.REFUSED);
    method("free_tool_id", "i");
    code.jump(over);
    code.bind(early);
    code.mov(R15, 0);
    code.bind(over);
    end();
    code.mov(false, RAX, R15);
    popAll(kept);
    code.ret();
  }

  /// Takes the function back in the interpreter whose thread this is, within a call of it. It is
  /// not given free: the caller may still look at it.
  private void remove() {
    Label over = code.label("over");
    Label look = code.label("look");
    Label next = code.label("next");
    Label ours = code.label("ours");
    List<GeneralRegister> kept = List.of(RBX, RBP, R13, R14, R15);
    kept.forEach(code::push);
    begin(over);
    code.mov(R13, LAST_TOOL);
    code.bind(look);
    code.call(tool);
    code.binary(Binary.CMP, false, RAX, OURS);
    code.jumpIf(Condition.NOT_EQUAL, next);
    code.mov(R8, 1L << callback.event());
    code.mov(R9, none());
    method("register_callback", "iiO");
    code.mov(true, R14, RAX);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, over);
    code.mov(true, RDI, RAX);
    call("PyCFunction_GetFunction");
    code.addressOf(RCX, address + ENTRY_OFFSET);
    code.binary(Binary.CMP, true, RAX, RCX);
    code.jumpIf(Condition.EQUAL, ours);
    call("PyErr_Clear");
    code.mov(R8, 1L << callback.event());
    code.mov(true, R9, R14);
    method("register_callback", "iiO");
    code.jump(over);
    code.bind(ours);
    code.mov(R8, 0);
    method("set_events", "ii");
    method("free_tool_id", "i");
    call("PyInterpreterState_Get");
    code.mov(true, R15, RBP);
    wordOf(RAX);
    forget();
    code.mov(true, RBP, R15);
    code.jump(over);
    code.bind(next);
    code.binary(Binary.SUB, false, R13, 1);
    code.binary(Binary.CMP, false, R13, FIRST_TOOL);
    code.jumpIf(Condition.ABOVE_EQUAL, look);
    code.bind(over);
    end();
    popAll(kept);
    code.ret();
  }

  /// `%rbp` = the exception that is pending, `%rbx` = `sys.monitoring`.
  private void begin(Label missing) {
    call("PyErr_GetRaisedException");
    code.mov(true, RBP, RAX);
    code.mov(RDI, text("monitoring"));
    call("PySys_GetObject");
    code.mov(true, RBX, RAX);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, missing);
  }

  private void end() {
    code.mov(true, RDI, RBP);
    call("PyErr_SetRaisedException");
  }

  /// What becomes of the tool whose number is in `%r13`: [#FREE], [#OURS], [#OTHERS]. `%rbx` is
  /// `sys.monitoring`.
  private void tool() {
    Label others = code.label("others");
    Label out = code.label("out");
    code.binary(Binary.SUB, true, RSP, 24);
    method("get_tool", "i");
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, others);
    code.store(8, RSP, 0, RAX);
    code.mov(RCX, none());
    code.binary(Binary.CMP, true, RAX, RCX);
    code.mov(RAX, FREE);
    code.jumpIf(Condition.EQUAL, out);
    code.load(8, RDI, RSP, 0);
    code.mov(RSI, text(NAME));
    call("PyUnicode_CompareWithASCIIString");
    code.store(8, RSP, 8, RAX);
    code.load(8, RDI, RSP, 0);
    call("Py_DecRef");
    code.load(4, RCX, RSP, 8);
    code.mov(RAX, OURS);
    code.test(false, RCX, RCX);
    code.jumpIf(Condition.EQUAL, out);
    code.bind(others);
    call("PyErr_Clear");
    code.mov(RAX, OTHERS);
    code.bind(out);
    code.binary(Binary.ADD, true, RSP, 24);
    code.ret();
  }

  /// A call of a function of `sys.monitoring`, in `%rbx`, with the tool in `%r13` and what is in
  /// `%r8` and `%r9`.
  private void method(String name, String format) {
    code.mov(true, RDI, RBX);
    code.mov(RSI, text(name));
    code.mov(RDX, text(format));
    code.mov(false, RCX, R13);
    code.mov(RAX, 0); // no vector registers hold arguments
    call("PyObject_CallMethod");
  }

  private void say(int refusal) {
    code.loadFrom(RAX, region.data() + DataPage.SHARED);
    code.mov(RCX, refusal);
    code.lockBinaryTo(Binary.OR, false, RAX, SharedHeader.REFUSALS_OFFSET, RCX);
  }

  private long none() {
    return callback.none() + bias;
  }

  private void call(String function) {
    code.callTo(address(callback.functions(), function) + bias);
  }

  private static long address(Map<String, Long> functions, String name) {
    Long found = functions.get(name);
    if (found == null) {
      throw new IllegalStateException("no address of " + name);
    }
    return found;
  }
}
