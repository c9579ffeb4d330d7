package pytap.python;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.Sweep;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;

/// The two places of the eval function that are no opcode's handler: where a frame that does not
/// handle an exception is unwound, and where `throw()` enters a frame. At both the interpreter asks
/// whether a tracer wants to know, once for each frame, and that test and its conditional jump are
/// what is looked for:
///
/// - 3.11: `cframe.use_tracing` (`TRACE_FUNCTION_UNWIND`, `TRACE_FUNCTION_THROW_ENTRY`; CPython
///   3.11.7 Python/ceval.c), a byte on the eval function's own stack;
/// - 3.12 and 3.13: `interp->monitors.tools[PY_UNWIND]` and the byte after it, `[PY_THROW]`
///   (`monitor_unwind`, `monitor_throw`; CPython 3.12.1 Python/ceval.c).
final class AdaptiveExits {
  /// `stacktop` of `_PyInterpreterFrame`, 4 bytes, in 3.11 to 3.13.
  private static final int STACK_TOP = 64;

  /// `is_entry` of 3.11's `_PyInterpreterFrame`.
  private static final int IS_ENTRY = 68;

  private static final int LONGEST_PATH = 200;
  private static final int MAX_DETOURS = 3;

  private final AdaptiveCode code;
  private final AdaptiveDispatchTable table;
  private final InterpreterFrame layout;

  /// The byte that 3.11 tests: `cframe.use_tracing`. Empty from 3.12 on.
  private final Optional<AdaptiveTerm> useTracing;

  /// Where the handler of RETURN_VALUE begins.
  private final long returnHandler;

  private AdaptiveExits(
      AdaptiveCode code,
      AdaptiveDispatchTable table,
      InterpreterFrame layout,
      Optional<AdaptiveTerm> useTracing,
      long returnHandler) {
    this.code = code;
    this.table = table;
    this.layout = layout;
    this.useTracing = useTracing;
    this.returnHandler = returnHandler;
  }

  /// @param returnHandler the handler of RETURN_VALUE
  /// @param tracing whether the version has `cframe.use_tracing` (3.11); then the first test in
  ///   that handler tells where it is. Empty when it does not
  static Optional<AdaptiveExits> of(
      AdaptiveCode code,
      AdaptiveDispatchTable table,
      InterpreterFrame layout,
      AdaptiveHandler returnHandler,
      boolean tracing) {
    if (!tracing) {
      return Optional.of(
          new AdaptiveExits(code, table, layout, Optional.empty(), returnHandler.start()));
    }
    return returnHandler
        .emulated()
        .flatMap(place -> place.state().tested())
        .filter(term ->
            term instanceof AdaptiveTerm.Loaded(var base, long _, int width)
                && width == 1
                && base.equals(new AdaptiveTerm.Initial(GeneralRegister.RSP)))
        .map(term ->
            new AdaptiveExits(code, table, layout, Optional.of(term), returnHandler.start()));
  }

  /// A found place, and from 3.12 on the offset of the byte that is tested.
  private record Found(AdaptivePlace place, long testedOffset) {}

  /// Where a frame is unwound: the jump on the tracer test right after the frame's emptied stack
  /// was noted (`frame->stacktop`), whose way without a tracer leads to where the frame is popped.
  Optional<AdaptivePlace> unwinding() {
    return findUnwinding().map(Found::place);
  }

  private Optional<Found> findUnwinding() {
    Set<Instruction> jumps = new LinkedHashSet<>();
    for (Sweep sweep : code.parts().sweeps()) {
      for (Instruction store : sweep.stores(STACK_TOP)) {
        code.branchAfter(store).filter(AdaptiveHandler::testsZero).ifPresent(jumps::add);
      }
    }
    List<Found> found = new ArrayList<>();
    for (Instruction jump : jumps) {
      unwoundAt(jump).ifPresent(found::add);
    }
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  private Optional<Found> unwoundAt(Instruction jump) {
    List<Instruction> run = code.runBefore(jump);
    if (table.handlers().contains(run.getFirst().address())) {
      return Optional.empty();
    }
    AdaptiveState state = AdaptiveState.initial();
    Optional<AdaptiveTerm> frame = Optional.empty();
    for (Instruction instruction : run.subList(0, run.size() - 1)) {
      if (Effect.of(instruction) instanceof Effect.Store(MemoryOperand memory, var _, int width)
          && width == 4
          && memory.displacement() == STACK_TOP
          && memory.index().isEmpty()
          && memory.base().isPresent()) {
        frame = Optional.of(state.term(memory.base().get()));
      }
      state.step(instruction);
    }
    Optional<GeneralRegister> register = frame.flatMap(state::holding);
    Optional<Long> offset = state.tested().flatMap(this::tracerTest);
    if (register.isEmpty() || offset.isEmpty() || !pops(jump, register.get())) {
      return Optional.empty();
    }
    return Optional.of(new Found(place(jump, state, register.get()), offset.get()));
  }

  /// Where `throw()` has entered a frame: the jump on the tracer test on the way from the start of
  /// the function at `start` with `throwflag` not zero.
  Optional<AdaptivePlace> throwing(long start) {
    return findUnwinding()
        .map(Found::testedOffset)
        .map(unwind -> new AdaptiveThrowWalk(code, layout, term -> isThrow(term, unwind + 1)))
        .flatMap(walk -> walk.from(start));
  }

  private boolean isThrow(AdaptiveTerm tested, long throwTest) {
    if (useTracing.isEmpty()) {
      return tracerTest(tested).filter(offset -> offset == throwTest).isPresent();
    }
    return useTracing.get().equals(tested) || tested.equals(callersUseTracing());
  }

  /// `tstate->cframe->use_tracing`, which the function copies to its own `cframe`.
  private AdaptiveTerm callersUseTracing() {
    return switch (layout.threadFrame()) {
      case FrameLayout.ThreadFrame.ThroughCFrame(int cframe, int _) ->
          AdaptiveTerm.loaded(
              AdaptiveTerm.loaded(new AdaptiveTerm.Initial(GeneralRegister.RDI), cframe, 8), 0, 1);
      case FrameLayout.ThreadFrame.Direct _ -> AdaptiveTerm.UNKNOWN;
    };
  }

  /// The offset of the tested byte, where this is a test of what a tracer wants.
  private Optional<Long> tracerTest(AdaptiveTerm tested) {
    if (useTracing.isPresent()) {
      return useTracing.get().equals(tested) ? Optional.of(0L) : Optional.empty();
    }
    return tested instanceof AdaptiveTerm.Loaded(var _, long offset, int width)
            && width == 1
            && offset >= Sweep.FAR
        ? Optional.of(offset)
        : Optional.empty();
  }

  private AdaptivePlace place(Instruction jump, AdaptiveState state, GeneralRegister register) {
    Value frame = AdaptivePlace.register(register);
    return new AdaptivePlace(jump, state.copy(), frame, Value.word(frame, layout.instruction()));
  }

  private boolean pops(Instruction jump, GeneralRegister frame) {
    long untraced = AdaptiveHandler.whenEqual(jump);
    return useTracing.isPresent()
        ? asksForEntry(untraced, frame, MAX_DETOURS)
        : firstCall(untraced).isPresent() && firstCall(untraced).equals(firstCall(returnHandler));
  }

  /// Whether the way from `start` tests `frame->is_entry`, passing at most `detours` jumps (the
  /// semaphore of the return marker).
  private boolean asksForEntry(long start, GeneralRegister frame, int detours) {
    for (Instruction instruction : code.straight(start, LONGEST_PATH)) {
      if (Effect.of(instruction) instanceof Effect.CompareConstant(var memory, long _, int width)
          && width == 1
          && memory.is(frame, IS_ENTRY)) {
        return true;
      }
      if (instruction.branch() == Branch.JUMP) {
        return detours > 0 && asksForEntry(instruction.target().orElseThrow(), frame, detours - 1);
      }
      if (instruction.branch() == Branch.CONDITIONAL) {
        return detours > 0
            && (asksForEntry(instruction.target().orElseThrow(), frame, detours - 1)
                || asksForEntry(instruction.next(), frame, detours - 1));
      }
    }
    return false;
  }

  /// The first function that the way from `start` calls before any conditional jump.
  private Optional<Long> firstCall(long start) {
    long at = start;
    for (int i = 0; i < LONGEST_PATH; i++) {
      Optional<Instruction> instruction = code.at(at);
      if (instruction.isEmpty()) {
        return Optional.empty();
      }
      switch (instruction.get().branch()) {
        case CALL -> {
          return Optional.of(instruction.get().target().orElseThrow());
        }
        case JUMP -> at = instruction.get().target().orElseThrow();
        case NONE -> at = instruction.get().next();
        case CONDITIONAL, JUMP_INDIRECT, CALL_INDIRECT, RETURN, STOP -> {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
