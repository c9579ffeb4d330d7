package pytap.python;

import java.util.List;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;

/// What is read of a frame and of the bytecode instruction it executes.
///
/// @param frame the frame's address
/// @param executing the address of the bytecode instruction
record AdaptiveRecipes(Layout layout, InterpreterFrame offsets, Value frame, Value executing) {
  /// `FRAME_OWNED_BY_GENERATOR` (CPython 3.11.7, 3.13.0 and 3.14.0
  /// Include/internal/pycore_frame.h).
  private static final int OWNED_BY_GENERATOR = 1;

  /// The bits of RESUME's argument that say what is resumed: 0 a call, 1 after `yield`, 2 after
  /// `yield from`, 3 after `await` (CPython 3.13.0 Include/internal/pycore_opcode_utils.h).
  private static final int RESUMED_AFTER = 3;

  private static final int SIGN_BITS = 40;

  /// The argument of 3.15's RESUME with which a generator expression begins to make its generator:
  /// not yet the generator's run (CPython 3.15.0 Include/internal/pycore_opcode_utils.h,
  /// `RESUME_AT_GEN_EXPR_START`, `RESUME_OPARG_LOCATION_MASK`).
  private static final int MAKES_GENERATOR = 4;

  private static final int RESUME_LOCATION = 7;

  Value code() {
    return offsets.codeOf(frame);
  }

  /// Bytes from the first instruction to the one that is executed.
  private Value byteOffset() {
    return new Value.Difference(executing, offsets.bytecodeOf(frame));
  }

  /// The same where RESUME resumes; where it begins a call a negative number, which stands for
  /// `co_firstlineno`. (3 + what) & 4 is 4 except for a call.
  private Value byteOffsetUnlessCall() {
    Value what = new Value.Masked(Value.uint8(executing, 1), RESUMED_AFTER);
    Value resumes = new Value.Masked(Value.plus(what, 3), 4);
    Value call = new Value.Difference(Value.constant(4), resumes);
    return new Value.Difference(byteOffset(), new Value.ShiftedLeft(call, SIGN_BITS));
  }

  /// The marker's arguments at a RESUME.
  List<Argument> atResume() {
    return arguments(byteOffsetUnlessCall());
  }

  /// The marker's arguments where the line is that of the executed instruction.
  List<Argument> atInstruction() {
    return arguments(byteOffset());
  }

  private List<Argument> arguments(Value lineOffset) {
    return FunctionArguments.of(layout, code(), lineOffset);
  }

  /// Whether 3.15's RESUME is one that makes no generator.
  Condition resumesFrame() {
    Value location = new Value.Masked(Value.uint8(executing, 1), RESUME_LOCATION);
    return new Condition.Not(new Condition.Equal(location, Value.constant(MAKES_GENERATOR)));
  }

  /// Whether the frame has come as far as its first RESUME. False in frames that only prepare: the
  /// part of a generator's call before the generator exists, and the frame that 3.13 puts below
  /// `__init__` (`_Py_InitCleanup`).
  Condition traceable() {
    Value first = new Value.ShiftedLeft(Value.int32(code(), offsets.firstTraceable()), 1);
    return new Condition.Not(new Condition.Less(byteOffset(), first));
  }

  /// Whether the frame's entry was an event: it is past its first RESUME, or it is a generator's,
  /// which can run without having come so far only by `throw()`.
  Condition entered() {
    return new Condition.Any(
        List.of(
            new Condition.Equal(
                Value.uint8(frame, offsets.owner()), Value.constant(OWNED_BY_GENERATOR)),
            traceable()));
  }
}
