package pytap.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;

/// The machine code of one opcode's handler, from its first instruction on.
///
/// Every handler notes the bytecode instruction in the frame before it does anything that could
/// fail (`frame->prev_instr = next_instr++`, CPython 3.12.1 Python/ceval_macros.h
/// `INSTRUCTION_START`; 3.13 `frame->instr_ptr`, and there YIELD_VALUE notes the one after). That
/// store tells which register holds the frame and which one the instruction.
///
/// @param start the handler's address
/// @param frame the register that holds the frame at the start
/// @param alias another that certainly does
/// @param next the register that holds the address of the bytecode instruction at the start
/// @param ahead bytes by which the stored address is ahead of the instruction's own
/// @param storedAt address of the store
record AdaptiveHandler(
    AdaptiveCode code,
    long start,
    GeneralRegister frame,
    Optional<GeneralRegister> alias,
    GeneralRegister next,
    long ahead,
    long storedAt,
    InterpreterFrame layout) {
  private static final int LONGEST = 40;
  private static final int UNIT_BYTES = 2;

  /// Reads the handler at `start`; empty when it has no such store on its way or is not entered by
  /// dispatch alone.
  static Optional<AdaptiveHandler> read(AdaptiveCode code, long start, InterpreterFrame layout) {
    if (code.isTarget(start)) {
      return Optional.empty();
    }
    AdaptiveState state = AdaptiveState.initial();
    for (Instruction instruction : code.straight(start, LONGEST)) {
      if (instruction.address() != start && code.isJoin(instruction.address())) {
        return Optional.empty();
      }
      Optional<Stored> stored = storedBy(instruction, state, layout);
      if (stored.isPresent()) {
        return stored.map(it -> it.handler(code, start, instruction, layout));
      }
      state.step(instruction);
    }
    return Optional.empty();
  }

  /// The same for a handler in which ways meet before the store, like YIELD_VALUE's of 3.15, which
  /// counts a reference before: empty unless it too stores the instruction in the frame where
  /// `other` has both when it begins. Dispatch is the same for every handler, so they are there.
  static Optional<AdaptiveHandler> read(
      AdaptiveCode code, long start, InterpreterFrame layout, AdaptiveHandler other) {
    if (code.isTarget(start)) {
      return Optional.empty();
    }
    AdaptiveState state = AdaptiveState.initial();
    for (Instruction instruction : code.straight(start, LONGEST)) {
      Optional<Stored> stored = storedBy(instruction, state, layout);
      if (stored.isPresent()) {
        return stored
            .filter(it -> it.frame() == other.frame && it.register() == other.next)
            .map(it -> it.handler(code, start, instruction, layout));
      }
      state.step(instruction);
    }
    return Optional.empty();
  }

  private static Optional<Stored> storedBy(
      Instruction instruction, AdaptiveState state, InterpreterFrame layout) {
    return Effect.of(instruction) instanceof Effect.Store(var memory, var from, int width)
            && width == 8
            && state.address(memory) instanceof AdaptiveTerm.Plus(var base, long offset)
            && offset == layout.instruction()
            && base instanceof AdaptiveTerm.Initial(var frame)
            && frame != GeneralRegister.RSP
        ? stored(state.term(from), frame)
        : Optional.empty();
  }

  /// Its first instruction: always right, but as a rule one that the kernel must single-step.
  AdaptivePlace first() {
    return new AdaptivePlace(
        code.at(start).orElseThrow(),
        AdaptiveState.initial(),
        AdaptivePlace.register(frame),
        AdaptivePlace.register(next));
  }

  /// The first instruction that the kernel emulates and that every execution of the handler passes
  /// exactly once: nothing jumps to it or to one between it and the start, and no branch stands
  /// before it.
  Optional<AdaptivePlace> emulated() {
    AdaptiveState state = AdaptiveState.initial();
    for (Instruction instruction : code.straight(start, LONGEST)) {
      if (instruction.address() != start && code.isJoin(instruction.address())) {
        return Optional.empty();
      }
      if (instruction.emulated()) {
        return place(instruction, state);
      }
      if (instruction.branch() != Branch.NONE) {
        return Optional.empty();
      }
      state.step(instruction);
    }
    return Optional.empty();
  }

  /// Every instruction that each execution of the handler passes exactly once, from the first to
  /// the first branch, at which the frame and the bytecode instruction are at hand.
  List<AdaptivePlace> passed() {
    List<AdaptivePlace> places = new ArrayList<>();
    AdaptiveState state = AdaptiveState.initial();
    for (Instruction instruction : code.straight(start, LONGEST)) {
      if (instruction.address() != start && code.isJoin(instruction.address())) {
        break;
      }
      place(instruction, state).ifPresent(places::add);
      if (instruction.branch() != Branch.NONE) {
        break;
      }
      state.step(instruction);
    }
    return places;
  }

  /// The conditional jump on the result of the first call, `test %eax,%eax`: in the INSTRUMENTED_
  /// handlers the point at which the callbacks of `sys.monitoring` have run and zero says that none
  /// of them failed.
  Optional<AdaptivePlace> afterCallback() {
    AdaptiveState state = AdaptiveState.initial();
    Optional<AdaptiveTerm> result = Optional.of(AdaptiveTerm.UNKNOWN);
    for (Instruction instruction : code.straight(start, LONGEST)) {
      if (instruction.address() != start && code.isJoin(instruction.address())) {
        return Optional.empty();
      }
      if (instruction.branch() == Branch.CONDITIONAL) {
        return testsZero(instruction) && state.tested().equals(result)
            ? place(instruction, state)
            : Optional.empty();
      }
      if (instruction.branch() == Branch.CALL) {
        result = Optional.of(AdaptiveTerm.low(new AdaptiveTerm.Result(instruction.address())));
      }
      state.step(instruction);
    }
    return Optional.empty();
  }

  /// Whether `jump` is `je` or `jne`.
  static boolean testsZero(Instruction jump) {
    return jump.branch() == Branch.CONDITIONAL && (jump.opcode() & 0x0e) == 0x04;
  }

  /// Where `jump`, a `je` or `jne`, goes on when the operands were equal (or zero).
  static long whenEqual(Instruction jump) {
    return (jump.opcode() & 1) == 0 ? jump.target().orElseThrow() : jump.next();
  }

  /// Where it goes on when they were not.
  static long whenDifferent(Instruction jump) {
    return (jump.opcode() & 1) == 0 ? jump.next() : jump.target().orElseThrow();
  }

  /// The instructions that follow the start in memory, for reading what the handler uses.
  Iterable<Instruction> instructions() {
    return code.straight(start, LONGEST);
  }

  /// Whether `term` is the frame.
  boolean isFrame(AdaptiveTerm term) {
    return term.equals(new AdaptiveTerm.Initial(frame))
        || alias.filter(other -> term.equals(new AdaptiveTerm.Initial(other))).isPresent();
  }

  private Optional<AdaptivePlace> place(Instruction instruction, AdaptiveState state) {
    Optional<Value> frameThere =
        state
            .holding(new AdaptiveTerm.Initial(frame))
            .or(() -> alias.flatMap(other -> state.holding(new AdaptiveTerm.Initial(other))))
            .map(AdaptivePlace::register);
    boolean stored = passed(instruction.address());
    return frameThere.flatMap(value ->
        (stored
                ? Optional.of(Value.plus(Value.word(value, layout.instruction()), -ahead))
                : state.holding(new AdaptiveTerm.Initial(next)).map(AdaptivePlace::register))
            .map(executing -> new AdaptivePlace(instruction, state.copy(), value, executing)));
  }

  private boolean passed(long address) {
    return address > storedAt;
  }

  private record Stored(GeneralRegister frame, GeneralRegister register, long offset) {
    AdaptiveHandler handler(
        AdaptiveCode code, long start, Instruction store, InterpreterFrame layout) {
      Optional<GeneralRegister> alias = unlinked(code, start, layout);
      return new AdaptiveHandler(
          code, start, frame, alias, register, offset, store.address(), layout);
    }
  }

  private static Optional<Stored> stored(AdaptiveTerm term, GeneralRegister frame) {
    return switch (term) {
      case AdaptiveTerm.Initial(var register) -> Optional.of(new Stored(frame, register, 0));
      case AdaptiveTerm.Plus(var base, long offset)
          when offset == UNIT_BYTES && base instanceof AdaptiveTerm.Initial(var register) ->
          Optional.of(new Stored(frame, register, offset));
      case AdaptiveTerm.Plus _,
          AdaptiveTerm.Loaded _,
          AdaptiveTerm.Low _,
          AdaptiveTerm.Result _,
          AdaptiveTerm.Unknown _ ->
          Optional.empty();
    };
  }

  /// The register through which the handler clears a frame's `previous`. Only YIELD_VALUE does
  /// that, and only to the frame that yields (`gen_frame->previous = NULL`, CPython 3.12.1
  /// Python/bytecodes.c).
  private static Optional<GeneralRegister> unlinked(
      AdaptiveCode code, long start, InterpreterFrame layout) {
    AdaptiveState state = AdaptiveState.initial();
    for (Instruction instruction : code.straight(start, LONGEST)) {
      if (instruction.address() != start && code.isJoin(instruction.address())
          || instruction.branch() != Branch.NONE) {
        break;
      }
      if (Effect.of(instruction) instanceof Effect.StoreConstant(var memory, long value, int width)
          && value == 0
          && width == 8
          && state.address(memory) instanceof AdaptiveTerm.Plus(var base, long offset)
          && offset == layout.previous()
          && base instanceof AdaptiveTerm.Initial(var register)) {
        return Optional.of(register);
      }
      state.step(instruction);
    }
    return Optional.empty();
  }
}
