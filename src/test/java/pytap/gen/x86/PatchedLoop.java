package pytap.gen.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.gen.KernelImage;
import pytap.probe.Argument;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.source.FormatException;

/// `f(rdi, rsi)`: as many hits as RSI says, with RSI counting down to 1.
final class PatchedLoop {
  private static final int[] NOP = {0x0f, 0x1f, 0x44, 0, 0};

  /// Behind `endbr64`.
  static final int WINDOW_OFFSET = 4;

  private final OwnProcess process;
  private final long entry;
  private final long window;

  PatchedLoop(OwnProcess process) {
    this.process = process;
    entry = process.placeText(code());
    window = entry + WINDOW_OFFSET;
  }

  static byte[] code() {
    Assembler code = new Assembler();
    Label again = code.label("again");
    code.endbr64();
    code.bind(again);
    code.bytes(NOP);
    code.binary(Binary.SUB, true, GeneralRegister.RSI, 1);
    code.jumpIf(Condition.NOT_EQUAL, again);
    code.ret();
    return code.finish();
  }

  /// What stands in the window.
  static byte[] nop() {
    byte[] original = new byte[NOP.length];
    for (int i = 0; i < NOP.length; i++) {
      original[i] = (byte) NOP[i];
    }
    return original;
  }

  void patch(Argument... arguments) throws FormatException {
    patch(0, arguments);
  }

  /// The same as the last of several sites, of which the others are elsewhere.
  void patch(int others, Argument... arguments) throws FormatException {
    List<KernelImage.ArmedSite> sites = new ArrayList<>();
    List<MachineCode> originals = new ArrayList<>();
    for (int i = others; i >= 0; i--) {
      sites.add(new KernelImage.ArmedSite(0, site(window + 64L * i, arguments)));
      originals.add(MachineCode.of(nop()));
    }
    process.patch(sites, originals, 0);
  }

  private static ProbeSite site(long address, Argument... arguments) {
    return new ProbeSite(
        address,
        0x1000,
        OptionalLong.empty(),
        new pytap.probe.Condition.Always(),
        Optional.empty(),
        List.of(arguments),
        ProbeSite.Cost.EMULATED,
        Optional.of(new PatchWindow(address, NOP.length)),
        "made for a test");
  }

  void run(long rdi, long rounds) {
    process.c().at(entry, new long[] {rdi, rounds, rdi, rdi, rdi, rdi});
  }

  void run(long rdi, long rounds, long rdx) {
    process.c().at(entry, new long[] {rdi, rounds, rdx, 0, 0, 0});
  }
}
