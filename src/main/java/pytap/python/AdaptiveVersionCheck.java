package pytap.python;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.OpcodeMap;
import pytap.probe.Condition;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;

/// When the execution of a RESUME is the entry. From 3.12 on RESUME first compares the code's
/// instrumentation version with the interpreter's; when they differ it rewrites the bytecode and is
/// executed again. Only the execution that finds them equal counts.
///
/// From 3.13 on it leaves the bytecode alone, and goes on, while a tracer's own callback runs
/// (`tstate->tracing`); 3.12 does not ask, nor does a free-threaded build from 3.14 on (CPython
/// 3.12.1, 3.13.0 and 3.14.0 Python/bytecodes.c).
final class AdaptiveVersionCheck {
  /// `eval_breaker` of the thread state from 3.13 on: the version, and in the low byte what else is
  /// to do.
  private static final int EVAL_BREAKER = 24;

  private static final long EVENTS = 0xff;

  private static final long ZERO_FLAG = 0x40;

  private AdaptiveVersionCheck() {}

  /// 3.12: at the jump on the comparison, `cmp version,…; je`, the flags say it. Empty where
  /// `place` is not that jump, or where more than the comparison decides.
  static Optional<Condition> byFlags(AdaptiveHandler handler, AdaptivePlace place) {
    Instruction jump = place.instruction();
    List<Instruction> run = handler.code().runBefore(jump);
    if (!AdaptiveHandler.testsZero(jump) || run.size() < 2) {
      return Optional.empty();
    }
    Instruction compare = run.get(run.size() - 2);
    boolean ofCode =
        comparesWord(compare) && versionOffset(handler, compare, place.state()).isPresent();
    if (!ofCode || !callsWithoutAsking(handler.code(), AdaptiveHandler.whenDifferent(jump))) {
      return Optional.empty();
    }
    return Optional.of(
        new Condition.Equal(
            new Value.Masked(Value.register(Register.FLAGS), ZERO_FLAG),
            Value.constant(ZERO_FLAG)));
  }

  /// 3.12: at a place before that comparison, what it will find, from registers and memory. Empty
  /// where the handler stores something that the comparison may then read.
  static Optional<Condition> byOperands(AdaptiveHandler handler, AdaptivePlace place) {
    AdaptiveState state = AdaptiveState.initial();
    boolean reached = false;
    boolean stored = false;
    for (Instruction instruction : handler.instructions()) {
      reached |= instruction.equals(place.instruction());
      if (comparesWord(instruction) && versionOffset(handler, instruction, state).isPresent()) {
        List<AdaptiveTerm> operands = operands(instruction, state);
        Optional<Value> left = operand(operands.get(0), place.state());
        Optional<Value> right = operand(operands.get(1), place.state());
        return reached && !stored && left.isPresent() && right.isPresent()
            ? Optional.of(new Condition.Equal(left.get(), right.get()))
            : Optional.empty();
      }
      stored |= reached && mayDisturb(handler, instruction, state);
      state.step(instruction);
    }
    return Optional.empty();
  }

  /// Whether `instruction` writes memory other than the frame's note of its bytecode instruction
  /// and stack slots that the handler has not read.
  private static boolean mayDisturb(
      AdaptiveHandler handler, Instruction instruction, AdaptiveState state) {
    if (instruction.branch() != Branch.NONE) {
      return true;
    }
    return switch (Effect.of(instruction)) {
      case Effect.Store(MemoryOperand to, GeneralRegister _, int _) -> {
        boolean note =
            state.address(to) instanceof AdaptiveTerm.Plus(var base, long offset)
                && offset == handler.layout().instruction()
                && handler.isFrame(base);
        yield !note && !(to.basedOn(GeneralRegister.RSP) && isOnlyWritten(handler, to));
      }
      case Effect.Load _, Effect.Address _, Effect.CompareConstant _ -> false;
      case Effect.StoreConstant _, Effect.Push _, Effect.Pop _ -> true;
      case Effect.Copy _, Effect.SetConstant _, Effect.Add _ -> false;
      case Effect.Other _ -> instruction.memory().isPresent();
    };
  }

  private static boolean isOnlyWritten(AdaptiveHandler handler, MemoryOperand slot) {
    for (Instruction instruction : handler.instructions()) {
      boolean reads =
          Effect.of(instruction)
                  instanceof Effect.Load(GeneralRegister _, MemoryOperand from, int _)
              && from.basedOn(GeneralRegister.RSP)
              && Math.abs(from.displacement() - slot.displacement()) < 8;
      if (reads) {
        return false;
      }
      if (instruction.branch() != Branch.NONE) {
        return true;
      }
    }
    return false;
  }

  /// How to get at `place` what `term` stands for: from a register that holds it, or from memory.
  private static Optional<Value> operand(AdaptiveTerm term, AdaptiveState state) {
    Optional<GeneralRegister> register = state.holding(term);
    if (register.isPresent()) {
      return Optional.of(AdaptivePlace.register(register.get()));
    }
    return switch (term) {
      case AdaptiveTerm.Plus(var base, long offset) -> {
        Optional<Value> value = operand(base, state);
        yield value.isEmpty() ? value : Optional.of(Value.plus(value.get(), offset));
      }
      case AdaptiveTerm.Loaded(var base, long offset, int width) when width == 8 -> {
        Optional<Value> value = operand(base, state);
        yield value.isEmpty() ? value : Optional.of(Value.word(value.get(), offset));
      }
      case AdaptiveTerm.Loaded _,
          AdaptiveTerm.Initial _,
          AdaptiveTerm.Low _,
          AdaptiveTerm.Result _,
          AdaptiveTerm.Unknown _ ->
          Optional.empty();
    };
  }

  /// Where the code object keeps its version from 3.13 on, as RESUME_CHECK's handler reads it.
  static Optional<Long> versionOffset(AdaptiveHandler resumeCheck) {
    AdaptiveState state = AdaptiveState.initial();
    boolean breaker = false;
    for (Instruction instruction : resumeCheck.instructions()) {
      Optional<Long> offset =
          comparesWord(instruction)
              ? versionOffset(resumeCheck, instruction, state)
              : Optional.empty();
      if (offset.isPresent()) {
        return breaker ? offset : Optional.empty();
      }
      breaker |= loads(instruction, EVAL_BREAKER, 8);
      state.step(instruction);
    }
    return Optional.empty();
  }

  /// From 3.13 on: what the handler at `place` will find, from memory. Empty where the handler does
  /// not show where the thread state is.
  ///
  /// @param tracing `tracing` of the thread state, 4 bytes, where the version asks for it
  static Optional<Condition> byMemory(
      AdaptiveHandler handler,
      AdaptivePlace place,
      InterpreterFrame layout,
      long versionOffset,
      OptionalInt tracing) {
    Optional<AdaptiveTerm> term = threadState(handler, tracing);
    Optional<Value> thread = term.isPresent() ? value(term.get(), place.state()) : Optional.empty();
    if (thread.isEmpty()) {
      return Optional.empty();
    }
    Condition equal =
        new Condition.Equal(
            new Value.Masked(Value.word(thread.get(), EVAL_BREAKER), ~EVENTS),
            Value.word(layout.codeOf(place.frame()), versionOffset));
    if (tracing.isEmpty()) {
      return Optional.of(equal);
    }
    Condition off =
        new Condition.Equal(Value.int32(thread.get(), tracing.getAsInt()), Value.constant(0));
    return Optional.of(new Condition.Any(List.of(equal, new Condition.Not(off))));
  }

  private static Optional<AdaptiveTerm> threadState(AdaptiveHandler handler, OptionalInt tracing) {
    AdaptiveState state = AdaptiveState.initial();
    for (Instruction instruction : handler.instructions()) {
      if (loads(instruction, EVAL_BREAKER, 8)
          || tracing.isPresent() && loads(instruction, tracing.getAsInt(), 4)) {
        GeneralRegister base = instruction.memory().orElseThrow().base().orElseThrow();
        return Optional.of(state.term(base));
      }
      state.step(instruction);
    }
    return Optional.empty();
  }

  private static Optional<Value> value(AdaptiveTerm term, AdaptiveState state) {
    AdaptiveTerm stack = new AdaptiveTerm.Initial(GeneralRegister.RSP);
    return switch (term) {
      case AdaptiveTerm.Initial _ -> {
        Optional<GeneralRegister> register = state.holding(term);
        yield register.isEmpty()
            ? Optional.empty()
            : Optional.of(AdaptivePlace.register(register.get()));
      }
      case AdaptiveTerm.Loaded(var base, long offset, int width)
          when width == 8 && base.equals(stack) ->
          Optional.of(Value.word(Value.register(Register.RSP), offset));
      case AdaptiveTerm.Plus _,
          AdaptiveTerm.Loaded _,
          AdaptiveTerm.Low _,
          AdaptiveTerm.Result _,
          AdaptiveTerm.Unknown _ ->
          Optional.empty();
    };
  }

  private static boolean loads(Instruction instruction, int offset, int widthBytes) {
    return Effect.of(instruction) instanceof Effect.Load(var _, var memory, int width)
        && width == widthBytes
        && memory.displacement() == offset
        && memory.index().isEmpty()
        && !memory.segment()
        && memory.base().isPresent()
        && memory.base().get() != GeneralRegister.RSP;
  }

  /// `cmp` of two 64-bit words.
  private static boolean comparesWord(Instruction instruction) {
    return instruction.map() == OpcodeMap.ONE_BYTE
        && (instruction.opcode() == 0x39 || instruction.opcode() == 0x3b)
        && instruction.operandBytes() == 8;
  }

  /// The offset at which `compare` reads the code object of the handler's frame. `state` may be
  /// that before or after it: a comparison changes no register.
  private static Optional<Long> versionOffset(
      AdaptiveHandler handler, Instruction compare, AdaptiveState state) {
    for (AdaptiveTerm operand : operands(compare, state)) {
      Optional<Long> offset = versionOffset(handler, operand);
      if (offset.isPresent()) {
        return offset;
      }
    }
    return Optional.empty();
  }

  private static List<AdaptiveTerm> operands(Instruction compare, AdaptiveState state) {
    return List.of(
        state.term(compare.register()),
        compare.memory().isPresent()
            ? state.load(compare.memory().get(), 8)
            : state.term(compare.otherRegister().orElseThrow()));
  }

  private static Optional<Long> versionOffset(AdaptiveHandler handler, AdaptiveTerm operand) {
    return operand instanceof AdaptiveTerm.Loaded(var code, long offset, int _)
            && code instanceof AdaptiveTerm.Loaded(var frame, long codeOffset, int _)
            && codeOffset == handler.layout().code()
            && handler.isFrame(frame)
        ? Optional.of(offset)
        : Optional.empty();
  }

  private static boolean callsWithoutAsking(AdaptiveCode code, long start) {
    for (Instruction instruction : code.straight(start, 12)) {
      if (instruction.branch() != Branch.NONE) {
        return instruction.branch() == Branch.CALL;
      }
    }
    return false;
  }
}
