package pytap.python;

import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.probe.Value;

/// An instruction at which a frame's event can be seen.
///
/// @param instruction where the probe goes
/// @param state the registers there, in terms of what they held where the handler began
/// @param frame the frame's address
/// @param executing the address of the bytecode instruction that the frame executes
record AdaptivePlace(Instruction instruction, AdaptiveState state, Value frame, Value executing) {

  static Value register(GeneralRegister register) {
    return Value.register(Registers.of(register));
  }
}
