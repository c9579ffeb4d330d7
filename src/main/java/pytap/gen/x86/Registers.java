package pytap.gen.x86;

import java.util.EnumSet;
import java.util.Set;
import pytap.asm.bpf.Atomic;
import pytap.asm.bpf.Operation;
import pytap.asm.bpf.Reg;
import pytap.asm.x86.GeneralRegister;

/// Where the registers of a program live. R1 to R5 are where C functions take their arguments, R0
/// where they leave their result, R6 to R10 where they keep what is not theirs. `%r9`, `%r10` and
/// `%r11` are free between instructions.
final class Registers {
  /// The control page, everywhere.
  static final GeneralRegister CONTROL = GeneralRegister.R12;

  private Registers() {}

  static GeneralRegister of(Reg register) {
    return switch (register) {
      case R0 -> GeneralRegister.RAX;
      case R1 -> GeneralRegister.RDI;
      case R2 -> GeneralRegister.RSI;
      case R3 -> GeneralRegister.RDX;
      case R4 -> GeneralRegister.RCX;
      case R5 -> GeneralRegister.R8;
      case R6 -> GeneralRegister.RBX;
      case R7 -> GeneralRegister.R13;
      case R8 -> GeneralRegister.R14;
      case R9 -> GeneralRegister.R15;
      case R10 -> GeneralRegister.RBP;
    };
  }

  /// The registers that `operation` changes by itself; what calls change is never to be kept.
  static Set<Reg> written(Operation operation) {
    return switch (operation) {
      case Operation.Arithmetic arithmetic -> EnumSet.of(arithmetic.dst());
      case Operation.Load load -> EnumSet.of(load.dst());
      case Operation.Constant constant -> EnumSet.of(constant.dst());
      case Operation.MapHandle handle -> EnumSet.of(handle.dst());
      case Operation.MapValue value -> EnumSet.of(value.dst());
      case Operation.FunctionAddress address -> EnumSet.of(address.dst());
      case Operation.AtomicStep atomic when atomic.op().ordinal() >= Atomic.FETCH_ADD.ordinal() ->
          EnumSet.of(atomic.src());
      case Operation.AtomicStep _,
          Operation.Store _,
          Operation.Goto _,
          Operation.Conditional _,
          Operation.CallFunction _,
          Operation.CallSubprogram _,
          Operation.Exit _ ->
          EnumSet.noneOf(Reg.class);
    };
  }
}
