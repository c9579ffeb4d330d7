package pytap.python;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.Sweep;
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
    Optional<Found> unwinding = find();
    return unwinding.isEmpty() ? Optional.empty() : Optional.of(unwinding.get().place());
  }

  /// Where `throw()` has entered a frame, on the way from the start of the function at `start`.
  Optional<AdaptivePlace> throwing(long start) {
    Optional<Found> unwinding = find();
    if (unwinding.isEmpty()) {
      return Optional.empty();
    }
    Predicate<AdaptiveTerm> wanted = asksForThrow(unwinding.get().question());
    return new AdaptiveThrowWalk(code, layout, wanted).from(start);
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
    for (Instruction jump : jumpsNearTests()) {
      Optional<Found> found = unwindingAt(jump);
      if (found.isPresent()) {
        switch (found.get().question()) {
          case Question.OfInterpreter _ -> ofInterpreter.add(found.get());
          case Question.OfCode _ -> ofCode.add(found.get());
        }
      }
    }
    List<Found> found = ofCode.isEmpty() ? ofInterpreter : ofCode;
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  /// The jumps that could be on a test of the interpreter's byte, or be followed by one: nothing
  /// but the interpreter state is so large.
  private Set<Instruction> jumpsNearTests() {
    Set<Instruction> jumps = new LinkedHashSet<>();
    for (Sweep sweep : code.parts().sweeps()) {
      for (Instruction test : sweep.reachingFar()) {
        addJump(jumps, code.branchAfter(test));
        Optional<Instruction> first = Optional.of(test);
        for (int i = 0; i < NEXT_TEST && first.isPresent(); i++) {
          long start = first.get().address();
          for (Instruction jump : code.parts().jumpsTo(start)) {
            addJump(jumps, Optional.of(jump));
          }
          first = code.parts().endingAt(start);
          addJump(jumps, first);
        }
      }
    }
    return jumps;
  }

  private static void addJump(Set<Instruction> jumps, Optional<Instruction> it) {
    if (it.isPresent() && AdaptiveHandler.testsZero(it.get())) {
      jumps.add(it.get());
    }
  }

  private Optional<Found> unwindingAt(Instruction jump) {
    AdaptiveState state = AdaptiveState.initial();
    List<Instruction> run = code.runBefore(jump);
    for (Instruction instruction : run.subList(0, run.size() - 1)) {
      state.step(instruction);
    }
    long untraced = AdaptiveHandler.whenEqual(jump);
    Optional<Question> question = question(state, untraced);
    Optional<AdaptiveTerm> popped =
        question.isPresent() ? popped(untraced, state.copy(), MAX_CONDITIONS) : Optional.empty();
    Optional<GeneralRegister> frame =
        popped.isPresent() ? state.holding(popped.get()) : Optional.empty();
    return frame.isPresent()
        ? Optional.of(new Found(place(jump, state, frame.get()), question.orElseThrow()))
        : Optional.empty();
  }

  /// What is asked in `state`, where the answer no leads to `untraced`.
  private Optional<Question> question(AdaptiveState state, long untraced) {
    Optional<AdaptiveTerm> tested = state.tested();
    if (tested.isEmpty()) {
      return Optional.empty();
    }
    Optional<Question> question = ofInterpreter(tested.get());
    if (question.isPresent()) {
      return question;
    }
    question = ofCode(tested.get());
    return question.isPresent() && testsFar(untraced) ? question : Optional.empty();
  }

  private AdaptivePlace place(Instruction jump, AdaptiveState state, GeneralRegister register) {
    Value frame = AdaptivePlace.register(register);
    return new AdaptivePlace(jump, state.copy(), frame, Value.word(frame, layout.instruction()));
  }

  private static Optional<Question> ofInterpreter(AdaptiveTerm tested) {
    return tested instanceof AdaptiveTerm.Loaded(var _, long offset, int width)
            && width == 1
            && offset >= Sweep.FAR
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
    for (Instruction instruction : code.straight(start, NEXT_TEST)) {
      if (Effect.of(instruction)
              instanceof Effect.CompareConstant(var memory, long value, int width)
          && value == 0
          && width == 1
          && !memory.absolute()
          && memory.displacement() >= Sweep.FAR) {
        return true;
      }
    }
    return false;
  }

  /// The frame that the way from `start` pops before it calls anything else.
  private Optional<AdaptiveTerm> popped(long start, AdaptiveState state, int conditions) {
    for (Instruction instruction : code.straight(start, LONGEST)) {
      switch (instruction.branch()) {
        case CALL -> {
          AdaptiveTerm frame = state.term(GeneralRegister.RSI);
          return calledByReturn.contains(instruction.target().orElseThrow()) && isKept(frame)
              ? Optional.of(frame)
              : Optional.empty();
        }
        case JUMP -> {
          return conditions == 0
              ? Optional.empty()
              : popped(instruction.target().orElseThrow(), state, conditions - 1);
        }
        case CONDITIONAL -> {
          if (conditions == 0) {
            return Optional.empty();
          }
          Optional<AdaptiveTerm> straight =
              popped(instruction.next(), state.copy(), conditions - 1);
          return straight.isPresent()
              ? straight
              : popped(instruction.target().orElseThrow(), state.copy(), conditions - 1);
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
