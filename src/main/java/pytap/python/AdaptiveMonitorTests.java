package pytap.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;

/// From 3.14 on: where a frame that does not handle an exception is unwound, and where `throw()`
/// enters a frame. The interpreter asks there whether `sys.monitoring` wants to know, and the first
/// conditional jump of that question is what is looked for:
///
/// - 3.14 asks for `interp->monitors.tools[PY_UNWIND]`, or the byte after it, `[PY_THROW]`
///   (`monitor_unwind`, `monitor_throw`; CPython 3.14.0 Python/ceval.c);
/// - 3.15 asks first whether the code object has monitors of its own (`co_monitoring`), and only
///   where it has none for that byte (CPython 3.15.0 Python/ceval.c `no_tools_for_local_event`).
///
/// Of the several places that ask, the one for unwinding goes on to where the frame is popped,
/// which is a function that RETURN_VALUE calls too (`_PyEval_FrameClearAndPop(tstate, frame)`).
final class AdaptiveMonitorTests {
  /// Fields of the interpreter state from here on are beyond any other structure's.
  private static final int FAR = 0x1000;

  private static final int LONGEST = 60;
  private static final int MAX_CONDITIONS = 6;

  /// From the jump where a code object has no monitors to the test of the interpreter's.
  private static final int NEXT_TEST = 4;

  private static final Set<GeneralRegister> KEPT_BY_CALLS =
      Set.of(
          GeneralRegister.RBX,
          GeneralRegister.RBP,
          GeneralRegister.R12,
          GeneralRegister.R13,
          GeneralRegister.R14,
          GeneralRegister.R15);

  private final AdaptiveCode code;
  private final InterpreterFrame layout;
  private final Set<Long> calledByReturn;

  /// @param returnHandler where the handler of RETURN_VALUE begins
  AdaptiveMonitorTests(AdaptiveCode code, InterpreterFrame layout, long returnHandler) {
    this.code = code;
    this.layout = layout;
    this.calledByReturn = new TreeSet<>();
    addFirstCalls(returnHandler, MAX_CONDITIONS);
  }

  /// What a jump asks for.
  private sealed interface Question {
    /// @param offset of the byte in the interpreter state
    record OfInterpreter(long offset) implements Question {}

    /// @param offset of `co_monitoring` in the code object
    record OfCode(long offset) implements Question {}
  }

  private record Found(AdaptivePlace place, Question question) {}

  /// Where a frame is unwound: its stack is empty, and all that leaves it passes here once.
  Optional<AdaptivePlace> unwinding() {
    return find().map(Found::place);
  }

  /// Where `throw()` has entered a frame, on the way from the start of the function at `start`.
  Optional<AdaptivePlace> throwing(long start) {
    return find()
        .map(unwinding -> new AdaptiveThrowWalk(code, layout, asksForThrow(unwinding.question())))
        .flatMap(walk -> walk.from(start));
  }

  private Predicate<AdaptiveTerm> asksForThrow(Question unwinding) {
    return tested ->
        switch (unwinding) {
          case Question.OfInterpreter(long offset) ->
              ofInterpreter(tested).equals(Optional.of(new Question.OfInterpreter(offset + 1)));
          case Question.OfCode _ -> ofCode(tested).equals(Optional.of(unwinding));
        };
  }

  private Optional<Found> find() {
    List<Found> ofInterpreter = new ArrayList<>();
    List<Found> ofCode = new ArrayList<>();
    for (Instruction jump : code.instructions()) {
      if (AdaptiveHandler.testsZero(jump)) {
        unwindingAt(jump)
            .ifPresent(found -> {
              switch (found.question()) {
                case Question.OfInterpreter _ -> ofInterpreter.add(found);
                case Question.OfCode _ -> ofCode.add(found);
              }
            });
      }
    }
    List<Found> found = ofCode.isEmpty() ? ofInterpreter : ofCode;
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  private Optional<Found> unwindingAt(Instruction jump) {
    AdaptiveState state = AdaptiveState.initial();
    List<Instruction> run = code.runBefore(jump);
    run.subList(0, run.size() - 1).forEach(state::step);
    long untraced = AdaptiveHandler.whenEqual(jump);
    Optional<Question> question =
        state
            .tested()
            .flatMap(tested ->
                ofInterpreter(tested).or(() -> ofCode(tested).filter(_ -> testsFar(untraced))));
    if (question.isEmpty()) {
      return Optional.empty();
    }
    return popped(untraced, state.copy(), MAX_CONDITIONS)
        .flatMap(state::holding)
        .map(register -> new Found(place(jump, state, register), question.get()));
  }

  private AdaptivePlace place(Instruction jump, AdaptiveState state, GeneralRegister register) {
    Value frame = AdaptivePlace.register(register);
    return new AdaptivePlace(jump, state.copy(), frame, Value.word(frame, layout.instruction()));
  }

  private static Optional<Question> ofInterpreter(AdaptiveTerm tested) {
    return tested instanceof AdaptiveTerm.Loaded(var _, long offset, int width)
            && width == 1
            && offset >= FAR
        ? Optional.of(new Question.OfInterpreter(offset))
        : Optional.empty();
  }

  private Optional<Question> ofCode(AdaptiveTerm tested) {
    return tested instanceof AdaptiveTerm.Loaded(var object, long offset, int width)
            && width == 8
            && object instanceof AdaptiveTerm.Loaded(var base, long codeOffset, int _)
            && base instanceof AdaptiveTerm.Initial
            && codeOffset == layout.code()
        ? Optional.of(new Question.OfCode(offset))
        : Optional.empty();
  }

  private boolean testsFar(long start) {
    return code.straight(start, NEXT_TEST).stream()
        .anyMatch(instruction ->
            Effect.of(instruction)
                    instanceof Effect.CompareConstant(var memory, long value, int width)
                && value == 0
                && width == 1
                && memory.displacement() >= FAR);
  }

  /// The frame that the way from `start` pops before it calls anything else.
  private Optional<AdaptiveTerm> popped(long start, AdaptiveState state, int conditions) {
    for (Instruction instruction : code.straight(start, LONGEST)) {
      switch (instruction.branch()) {
        case CALL -> {
          return calledByReturn.contains(instruction.target().orElseThrow())
              ? Optional.of(state.term(GeneralRegister.RSI)).filter(AdaptiveMonitorTests::isKept)
              : Optional.empty();
        }
        case JUMP -> {
          return conditions == 0
              ? Optional.empty()
              : popped(instruction.target().orElseThrow(), state, conditions - 1);
        }
        case CONDITIONAL -> {
          return conditions == 0
              ? Optional.empty()
              : popped(instruction.next(), state.copy(), conditions - 1)
                  .or(() ->
                      popped(instruction.target().orElseThrow(), state.copy(), conditions - 1));
        }
        case NONE, JUMP_INDIRECT, CALL_INDIRECT, RETURN, STOP -> state.step(instruction);
      }
    }
    return Optional.empty();
  }

  private static boolean isKept(AdaptiveTerm term) {
    return term instanceof AdaptiveTerm.Initial(var register) && KEPT_BY_CALLS.contains(register);
  }

  private void addFirstCalls(long start, int conditions) {
    for (Instruction instruction : code.straight(start, LONGEST)) {
      Branch branch = instruction.branch();
      if (branch == Branch.CALL) {
        calledByReturn.add(instruction.target().orElseThrow());
        return;
      }
      if (branch == Branch.JUMP || branch == Branch.CONDITIONAL) {
        if (conditions > 0) {
          addFirstCalls(instruction.target().orElseThrow(), conditions - 1);
          if (branch == Branch.CONDITIONAL) {
            addFirstCalls(instruction.next(), conditions - 1);
          }
        }
        return;
      }
    }
  }
}
