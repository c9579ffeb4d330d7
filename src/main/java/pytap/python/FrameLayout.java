package pytap.python;

/// How one CPython version represents a running Python function.
public sealed interface FrameLayout {

  /// 2.7 to 3.10: a `PyFrameObject` for every call.
  ///
  /// @param back `f_back`
  /// @param code `f_code`
  /// @param lastInstruction `f_lasti`, 4 bytes signed, -1 before the first instruction
  /// @param lastInstructionUnitBytes what `f_lasti` counts: 1 byte, or from 3.10 on 2-byte units
  /// @param threadFrame `frame` in the thread state
  record FrameObject(
      int back, int code, int lastInstruction, int lastInstructionUnitBytes, int threadFrame)
      implements FrameLayout {}

  /// From 3.11 on: an `_PyInterpreterFrame` on the thread's data stack.
  ///
  /// @param code `f_code`, from 3.13 on `f_executable`
  /// @param previous `previous`
  /// @param instruction `prev_instr`, from 3.13 on `instr_ptr`: an address in the bytecode
  /// @param owner `owner`, 1 byte
  /// @param codeStart `co_code_adaptive` in the code object: where the bytecode begins
  /// @param firstTraceable `_co_firsttraceable` in the code object, 4 bytes
  /// @param threadFrame what leads from the thread state to the frame
  record InterpreterFrame(
      int code,
      int previous,
      int instruction,
      int owner,
      int codeStart,
      int firstTraceable,
      ThreadFrame threadFrame)
      implements FrameLayout {}

  /// Where a thread state keeps the address of the current `_PyInterpreterFrame`.
  sealed interface ThreadFrame {
    /// 3.11 and 3.12: `tstate->cframe->current_frame`.
    record ThroughCFrame(int cframe, int currentFrame) implements ThreadFrame {}

    /// 3.13: `tstate->current_frame`.
    record Direct(int currentFrame) implements ThreadFrame {}
  }
}
