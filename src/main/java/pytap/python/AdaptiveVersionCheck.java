package pytap.python;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
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
    return threadState(handler, tracing)
        .flatMap(term -> value(term, place.state()))
        .map(thread -> {
          Condition equal =
              new Condition.Equal(
                  new Value.Masked(Value.word(thread, EVAL_BREAKER), ~EVENTS),
                  Value.word(layout.codeOf(place.frame()), versionOffset));
          return tracing.isEmpty()
              ? equal
              : new Condition.Any(
                  List.of(
                      equal,
                      new Condition.Not(
                          new Condition.Equal(
                              Value.int32(thread, tracing.getAsInt()), Value.constant(0)))));
        });
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
      case AdaptiveTerm.Initial _ -> state.holding(term).map(AdaptivePlace::register);
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
        && memory.base().filter(base -> base != GeneralRegister.RSP).isPresent();
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
    return operands(compare, state).stream()
        .flatMap(operand -> versionOffset(handler, operand).stream())
        .findFirst();
  }

  private static List<AdaptiveTerm> operands(Instruction compare, AdaptiveState state) {
    return List.of(
        state.term(compare.register()),
        compare
            .memory()
            .map(memory -> state.load(memory, 8))
            .orElseGet(() -> state.term(compare.otherRegister().orElseThrow())));
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
