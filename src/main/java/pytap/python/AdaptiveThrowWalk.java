package pytap.python;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import pytap.asm.x86.Branch;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;

/// Follows the eval function from its start along the ways it takes when its third parameter,
/// `throwflag`, is not zero, up to the jumps on a test that is looked for. Its second parameter is
/// the frame (`_PyEval_EvalFrameDefault(tstate, frame, throwflag)`, CPython 3.11 to 3.15
/// Python/ceval.c).
final class AdaptiveThrowWalk {
  private static final int LONGEST = 200;
  private static final int MAX_CONDITIONS = 10;
  private static final AdaptiveTerm FRAME = new AdaptiveTerm.Initial(GeneralRegister.RSI);
  private static final AdaptiveTerm THROW_FLAG =
      AdaptiveTerm.low(new AdaptiveTerm.Initial(GeneralRegister.RDX));

  private final AdaptiveCode code;
  private final InterpreterFrame layout;
  private final Predicate<AdaptiveTerm> wanted;
  private final Map<Long, AdaptivePlace> found = new TreeMap<>();

  /// The walks that were begun, by where: most ways meet again.
  private final Map<Long, List<Begun>> begun = new HashMap<>();

  /// @param wanted whether a term is what the test looked for compares with zero
  AdaptiveThrowWalk(AdaptiveCode code, InterpreterFrame layout, Predicate<AdaptiveTerm> wanted) {
    this.code = code;
    this.layout = layout;
    this.wanted = wanted;
  }

  /// The only such jump at which a register still holds the frame; empty when there is none or when
  /// there are several.
  Optional<AdaptivePlace> from(long start) {
    found.clear();
    begun.clear();
    follow(start, AdaptiveState.initial(), new Way(false, 0, 0));
    return found.size() == 1 ? found.values().stream().findFirst() : Optional.empty();
  }

  /// @param thrown whether `throwflag` was seen not to be zero
  private record Way(boolean thrown, int conditions, int steps) {
    Way further(int more) {
      return new Way(thrown, conditions, steps + more);
    }

    Way branched() {
      return new Way(thrown, conditions + 1, steps);
    }

    Way withThrowFlag() {
      return new Way(true, conditions + 1, steps);
    }
  }

  /// A walk that was begun.
  private record Begun(AdaptiveState state, Way way) {
    /// Whether one with `other` and `after` finds nothing that this one does not.
    boolean covers(AdaptiveState other, Way after) {
      return way.thrown() == after.thrown()
          && way.conditions() <= after.conditions()
          && way.steps() <= after.steps()
          && state.isSame(other);
    }
  }

  /// Whether what can be found from here has been found.
  private boolean isCovered(long start, AdaptiveState state, Way way) {
    List<Begun> before = begun.computeIfAbsent(start, _ -> new ArrayList<>());
    for (Begun other : before) {
      if (other.covers(state, way)) {
        return true;
      }
    }
    before.add(new Begun(state.copy(), way));
    return false;
  }

  private void follow(long start, AdaptiveState state, Way way) {
    if (way.conditions() > MAX_CONDITIONS
        || way.steps() > LONGEST
        || isCovered(start, state, way)) {
      return;
    }
    int steps = 0;
    for (Instruction instruction : code.straight(start, LONGEST)) {
      steps++;
      if (instruction.branch() == Branch.JUMP) {
        follow(instruction.target().orElseThrow(), state, way.further(steps));
        return;
      }
      if (instruction.branch() == Branch.CONDITIONAL) {
        branch(instruction, state, way.further(steps));
        return;
      }
      state.step(instruction);
    }
  }

  private void branch(Instruction jump, AdaptiveState state, Way way) {
    Optional<AdaptiveTerm> tested =
        AdaptiveHandler.testsZero(jump) ? state.tested() : Optional.empty();
    if (tested.equals(Optional.of(THROW_FLAG))) {
      follow(AdaptiveHandler.whenDifferent(jump), state, way.withThrowFlag());
    } else if (way.thrown() && tested.filter(wanted).isPresent()) {
      state.holding(FRAME).ifPresent(register -> add(jump, state, register));
    } else {
      follow(jump.target().orElseThrow(), state.copy(), way.branched());
      follow(jump.next(), state.copy(), way.branched());
    }
  }

  private void add(Instruction jump, AdaptiveState state, GeneralRegister register) {
    Value frame = AdaptivePlace.register(register);
    Value executing = Value.word(frame, layout.instruction());
    found.put(jump.address(), new AdaptivePlace(jump, state.copy(), frame, executing));
  }
}
