package pytap.asm.bpf;

/// What one instruction of a [Program] does, for whoever reads programs: verifier, translator,
/// interpreter. Jumps and calls name the slot they go to. [Operations] makes them.
public sealed interface Operation {

  /// The right side of an operation: a register, or a constant that is sign-extended to 64 bits.
  sealed interface Operand {
    /// A register's value.
    record Register(Reg reg) implements Operand {}

    /// The constant itself.
    record Immediate(int value) implements Operand {}
  }

  /// `dst = dst op operand`; NEGATE looks at `dst` only.
  ///
  /// @param wide 64 bits; otherwise the low 32 bits, and the result is zero-extended
  record Arithmetic(Alu op, boolean wide, Reg dst, Operand operand) implements Operation {}

  /// `dst = *(size *)(base + offset)`, zero-extended.
  record Load(Size size, Reg dst, Reg base, int offset) implements Operation {}

  /// `*(size *)(base + offset) = value`.
  record Store(Size size, Reg base, int offset, Operand value) implements Operation {}

  /// One atomic step at `base + offset`, see [Assembler#atomic].
  record AtomicStep(Atomic op, Size size, Reg base, int offset, Reg src) implements Operation {}

  /// `dst = value`; takes two slots.
  record Constant(Reg dst, long value) implements Operation {}

  /// `dst` = the map itself, as functions take it; takes two slots.
  record MapHandle(Reg dst, int map) implements Operation {}

  /// `dst` = an address inside the only value of an array; takes two slots.
  record MapValue(Reg dst, int map, int offset) implements Operation {}

  /// `dst` = the address of the subprogram at `slot`; takes two slots.
  record FunctionAddress(Reg dst, int slot) implements Operation {}

  /// Goes to `target`.
  record Goto(int target) implements Operation {}

  /// Goes to `target` where `left condition right`.
  ///
  /// @param wide compares 64 bits; otherwise the low 32
  record Conditional(Jump condition, boolean wide, Reg left, Operand right, int target)
      implements Operation {}

  /// Calls a function of the engine.
  record CallFunction(BpfFunction function) implements Operation {}

  /// Calls the subprogram at `slot`.
  record CallSubprogram(int slot) implements Operation {}

  /// Returns R0.
  record Exit() implements Operation {}

  /// How many slots the instruction takes.
  default int slots() {
    return switch (this) {
      case Constant _, MapHandle _, MapValue _, FunctionAddress _ -> 2;
      case Arithmetic _, Load _, Store _, AtomicStep _, Goto _, Conditional _ -> 1;
      case CallFunction _, CallSubprogram _, Exit _ -> 1;
    };
  }
}
