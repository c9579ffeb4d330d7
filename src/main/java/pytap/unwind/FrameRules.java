package pytap.unwind;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// How to get from a frame at one pc to its caller's.
public final class FrameRules {
  private static final int NONE = -1;

  private final ElfFile file;

  /// Whether the frame is the kernel's, for a signal handler: its return address is not behind a
  /// call, but the instruction that was interrupted.
  private final boolean signalFrame;

  private final Rule[] rules = new Rule[Registers.COUNT];
  private int cfaRegister = NONE;
  private long cfaOffset;
  private Optional<Rule.OfExpression> cfaExpression = Optional.empty();

  FrameRules(ElfFile file, boolean signalFrame) {
    this.file = file;
    this.signalFrame = signalFrame;
    Arrays.fill(rules, new Rule.SameValue());
  }

  FrameRules copy() {
    FrameRules copy = new FrameRules(file, signalFrame);
    copy.restore(this);
    return copy;
  }

  void restore(FrameRules other) {
    System.arraycopy(other.rules, 0, rules, 0, rules.length);
    cfaRegister = other.cfaRegister;
    cfaOffset = other.cfaOffset;
    cfaExpression = other.cfaExpression;
  }

  void cfa(long register, long offset) {
    cfaRegister = (int) register;
    cfaOffset = offset;
    cfaExpression = Optional.empty();
  }

  void cfaRegister(long register) {
    cfaRegister = (int) register;
  }

  void cfaOffset(long offset) {
    cfaOffset = offset;
  }

  void cfaExpression(long address, long length) {
    cfaExpression = Optional.of(new Rule.OfExpression(address, length));
  }

  /// Vector registers and their like are passed over.
  void rule(long register, Rule rule) {
    if (register < rules.length) {
      rules[(int) register] = rule;
    }
  }

  Rule rule(long register) {
    return register < rules.length ? rules[(int) register] : new Rule.Undefined();
  }

  public boolean isSignalFrame() {
    return signalFrame;
  }

  /// The caller's registers; empty where the frame is the outermost, or where the stack's copy does
  /// not hold what is needed.
  public Optional<Registers> caller(Registers registers, StackMemory stack) throws FormatException {
    OptionalLong cfa = cfa(registers, stack);
    if (cfa.isEmpty()) {
      return Optional.empty();
    }
    Registers caller = new Registers();
    caller.set(Registers.RSP, cfa.getAsLong());
    for (int i = 0; i < rules.length; i++) {
      OptionalLong value = value(i, cfa.getAsLong(), registers, stack);
      if (value.isPresent()) {
        caller.set(i, value.getAsLong());
      }
    }
    boolean moved = !(rules[Registers.RETURN_ADDRESS] instanceof Rule.SameValue);
    return moved && caller.knows(Registers.RETURN_ADDRESS) && caller.pc() != 0
        ? Optional.of(caller)
        : Optional.empty();
  }

  private OptionalLong cfa(Registers registers, StackMemory stack) throws FormatException {
    if (cfaExpression.isPresent()) {
      Rule.OfExpression at = cfaExpression.get();
      return Expression.evaluate(
          file, at.address(), at.length(), registers, stack, Optional.empty());
    }
    return cfaRegister != NONE && registers.knows(cfaRegister)
        ? OptionalLong.of(registers.get(cfaRegister) + cfaOffset)
        : OptionalLong.empty();
  }

  private OptionalLong value(int register, long cfa, Registers registers, StackMemory stack)
      throws FormatException {
    return switch (rules[register]) {
      case Rule.Undefined _ -> OptionalLong.empty();
      case Rule.SameValue _ ->
          register != Registers.RSP && registers.knows(register)
              ? OptionalLong.of(registers.get(register))
              : OptionalLong.empty();
      case Rule.AtOffset(long offset) -> stack.word(cfa + offset);
      case Rule.OfOffset(long offset) -> OptionalLong.of(cfa + offset);
      case Rule.InRegister(int other) ->
          registers.knows(other) ? OptionalLong.of(registers.get(other)) : OptionalLong.empty();
      case Rule.AtExpression(long address, long length) -> {
        OptionalLong at =
            Expression.evaluate(file, address, length, registers, stack, Optional.of(cfa));
        yield at.isPresent() ? stack.word(at.getAsLong()) : OptionalLong.empty();
      }
      case Rule.OfExpression(long address, long length) ->
          Expression.evaluate(file, address, length, registers, stack, Optional.of(cfa));
    };
  }
}
