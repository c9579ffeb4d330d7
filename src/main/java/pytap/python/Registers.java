package pytap.python;

import pytap.asm.x86.GeneralRegister;
import pytap.probe.Register;

/// From the decoder's registers to those of a probe.
final class Registers {
  private Registers() {}

  static Register of(GeneralRegister register) {
    return Register.valueOf(register.name());
  }
}
