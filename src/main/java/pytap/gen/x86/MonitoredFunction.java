package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;

import pytap.asm.x86.Assembler;
import pytap.asm.x86.MachineCode;
import pytap.probe.Callback;

/// What comes before and after the program in what the [Resident] function goes on to.
final class MonitoredFunction {
  private static final String THREAD = "PyThreadState_Get";

  private MonitoredFunction() {}

  /// Falls through to where the program is to run, with the arguments as they came, but for the
  /// first: the thread state instead of nothing.
  static void begin(Assembler code, Callback.Monitored callback, long bias) {
    Long thread = callback.functions().get(THREAD);
    if (thread == null) {
      throw new IllegalStateException("no address of " + THREAD);
    }
    code.push(RSI);
    code.push(RSI);
    code.push(RDX);
    code.callTo(thread + bias);
    code.pop(RDX);
    code.pop(RSI);
    code.pop(RSI);
    code.mov(true, RDI, RAX);
  }

  /// Returns `None`, which since 3.12 nobody counts.
  static MachineCode end(Callback.Monitored callback, long bias) {
    Assembler end = new Assembler();
    end.mov(RAX, callback.none() + bias);
    end.ret();
    return MachineCode.of(end.finish());
  }
}
