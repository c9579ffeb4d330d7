package pytap.gen.x86;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.BiConsumer;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.gen.KernelImage;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.source.FormatException;

/// A function that loads all registers and flags from memory, executes a window of instructions and
/// stores everything again, so that a patched window can be compared with the one as it was.
final class PatchedFunction {
  private static final List<GeneralRegister> KEPT =
      List.of(
          GeneralRegister.RBX,
          GeneralRegister.RBP,
          GeneralRegister.R12,
          GeneralRegister.R13,
          GeneralRegister.R14,
          GeneralRegister.R15);

  /// CF, PF, AF, ZF, SF, DF, OF.
  private static final long FLAGS = 0xcd5;

  private static final int IN = 0;
  private static final int IN_FLAGS = 128;
  private static final int OUT = 256;
  private static final int OUT_FLAGS = OUT + 128;
  private static final int OUT_RED_ZONE = OUT + 136;
  private static final int OUT_BYTES = 136 + 128;
  private static final int STACK = 1024;
  private static final long LINK_ADDRESS = 0x401000;

  private final OwnProcess process;
  private final MemorySegment data;
  private final long entry;
  private final long window;
  private final byte[] original;

  /// @param instructions appends the window; the label is that of a function which leaves its
  ///   return address in RAX
  PatchedFunction(OwnProcess process, BiConsumer<Assembler, Label> instructions) {
    this.process = process;
    this.data = process.data();
    Assembler code = new Assembler(process.textEnd());
    long at = data.address();
    code.endbr64();
    KEPT.forEach(code::push);
    code.storeTo(at + STACK, GeneralRegister.RSP);
    code.lea(GeneralRegister.RSP, GeneralRegister.RSP, -600);
    code.loadFrom(GeneralRegister.RAX, at + IN_FLAGS);
    code.push(GeneralRegister.RAX);
    code.bytes(0x9d); // popfq
    for (int i = 1; i <= 16; i++) {
      code.storeImmediate(8, GeneralRegister.RSP, -8 * i, 0x5ed0_0000 + i);
    }
    for (GeneralRegister register : GeneralRegister.values()) {
      if (register != GeneralRegister.RSP) {
        code.loadFrom(register, at + IN + 8L * register.ordinal());
      }
    }
    Label start = code.label("window");
    Label end = code.label("end");
    code.bind(start);
    Label function = code.label("function");
    instructions.accept(code, function);
    code.bind(end);
    for (GeneralRegister register : GeneralRegister.values()) {
      code.storeTo(at + OUT + 8L * register.ordinal(), register);
    }
    for (int i = 1; i <= 16; i++) {
      code.load(8, GeneralRegister.RAX, GeneralRegister.RSP, -8 * i);
      code.storeTo(at + OUT_RED_ZONE + 8L * (i - 1), GeneralRegister.RAX);
    }
    code.bytes(0x9c); // pushfq
    code.pop(GeneralRegister.RAX);
    code.storeTo(at + OUT_FLAGS, GeneralRegister.RAX);
    code.bytes(0xfc); // cld
    code.loadFrom(GeneralRegister.RSP, at + STACK);
    KEPT.reversed().forEach(code::pop);
    code.ret();
    code.bind(function);
    code.load(8, GeneralRegister.RAX, GeneralRegister.RSP, 0);
    code.ret();
    byte[] bytes = code.finish();
    entry = process.placeText(bytes);
    window = entry + code.offset(start);
    original = new byte[code.offset(end) - code.offset(start)];
    System.arraycopy(bytes, code.offset(start), original, 0, original.length);
  }

  /// Fills what the registers are loaded from.
  void randomRegisters(Random random) {
    for (int i = 0; i < 16; i++) {
      data.set(ValueLayout.JAVA_LONG, IN + 8L * i, random.nextLong());
    }
    data.set(ValueLayout.JAVA_LONG, IN_FLAGS, random.nextLong() & FLAGS | 2);
  }

  void set(GeneralRegister register, long value) {
    data.set(ValueLayout.JAVA_LONG, IN + 8L * register.ordinal(), value);
  }

  long in(GeneralRegister register) {
    return data.get(ValueLayout.JAVA_LONG, IN + 8L * register.ordinal());
  }

  /// Runs, and returns all registers, the flags and the red zone afterwards; the stack pointer
  /// relative to where it was.
  List<Long> run() {
    data.asSlice(OUT, OUT_BYTES).fill((byte) 0);
    process.c().at(entry, new long[6]);
    List<Long> out = new ArrayList<>();
    for (int i = 0; i < OUT_BYTES / 8; i++) {
      boolean stack = i == GeneralRegister.RSP.ordinal();
      long from = stack ? data.get(ValueLayout.JAVA_LONG, STACK) : 0;
      out.add(data.get(ValueLayout.JAVA_LONG, OUT + 8L * i) - from);
    }
    return out;
  }

  /// Runs without looking at anything.
  void call() {
    process.c().at(entry, new long[6]);
  }

  long entry() {
    return entry;
  }

  /// Puts the jumps in place, one site for each of `conditions` and `arguments`.
  void patch(List<KernelImage.ArmedSite> sites) throws FormatException {
    List<MachineCode> originals = new ArrayList<>();
    sites.forEach(site -> originals.add(MachineCode.of(original)));
    process.patch(sites, originals, window - LINK_ADDRESS);
  }

  void patch(Condition condition, Argument... arguments) throws FormatException {
    patch(List.of(new KernelImage.ArmedSite(0, site(condition, arguments))));
  }

  void patch(Argument... arguments) throws FormatException {
    patch(new Condition.Always(), arguments);
  }

  ProbeSite site(Condition condition, Argument... arguments) {
    return new ProbeSite(
        LINK_ADDRESS,
        0x1000,
        OptionalLong.empty(),
        condition,
        Optional.empty(),
        List.of(arguments),
        ProbeSite.Cost.EMULATED,
        Optional.of(new PatchWindow(LINK_ADDRESS, original.length)),
        "made for a test");
  }

  long window() {
    return window;
  }

  void unpatch() {
    process.writeText(window, original);
  }
}
