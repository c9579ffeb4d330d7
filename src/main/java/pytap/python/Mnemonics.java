package pytap.python;

import pytap.asm.x86.Instruction;

/// A word for an instruction in the description of a site.
final class Mnemonics {
  private Mnemonics() {}

  static String of(Instruction it) {
    return switch (it.branch()) {
      case JUMP, JUMP_INDIRECT -> "jmp";
      case CONDITIONAL -> "jcc";
      case CALL, CALL_INDIRECT -> "call";
      case RETURN -> "ret";
      case STOP -> "stop";
      case NONE -> it.emulated() ? (it.isOneByte(0x90) ? "nop" : "push") : "other";
    };
  }
}
