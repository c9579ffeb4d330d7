package pytap.asm.x86;

/// Where control goes after an instruction.
public enum Branch {
  /// To the next instruction.
  NONE,
  /// `jmp` to [Instruction#target].
  JUMP,
  /// To [Instruction#target] or to the next instruction.
  CONDITIONAL,
  /// `call` of [Instruction#target], then to the next instruction.
  CALL,
  JUMP_INDIRECT,
  CALL_INDIRECT,
  RETURN,
  /// `ud2`, `hlt`, `int3`: nowhere.
  STOP;

  /// Whether the instruction that follows in memory can be executed next.
  public boolean fallsThrough() {
    return switch (this) {
      case NONE, CONDITIONAL, CALL, CALL_INDIRECT -> true;
      case JUMP, JUMP_INDIRECT, RETURN, STOP -> false;
    };
  }

  /// Whether this is a jump with a known target.
  public boolean jumps() {
    return this == JUMP || this == CONDITIONAL;
  }
}
