package pytap.python;

import pytap.probe.Value;

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
  /// @param codeTag the bits of that word which are no part of the address: 0, from 3.14 on 3
  ///   (`_PyStackRef`)
  /// @param previous `previous`
  /// @param instruction `prev_instr`, from 3.13 on `instr_ptr`: an address in the bytecode
  /// @param owner `owner`, 1 byte
  /// @param bytecode where the bytecode begins that the frame executes
  /// @param firstTraceable `_co_firsttraceable` in the code object, 4 bytes
  /// @param threadFrame what leads from the thread state to the frame
  record InterpreterFrame(
      int code,
      int codeTag,
      int previous,
      int instruction,
      int owner,
      Bytecode bytecode,
      int firstTraceable,
      ThreadFrame threadFrame)
      implements FrameLayout {

    /// The code object of the frame at `frame`.
    public Value codeOf(Value frame) {
      Value word = Value.word(frame, code);
      return codeTag == 0 ? word : new Value.Masked(word, ~(long) codeTag);
    }

    /// The address of the first bytecode instruction of the frame at `frame`.
    public Value bytecodeOf(Value frame) {
      return switch (bytecode) {
        case Bytecode.InCode(int start) -> Value.plus(codeOf(frame), start);
        case Bytecode.OfThread(int copies, int index) -> {
          Value slot = new Value.ShiftedLeft(Value.int32(frame, index), 3);
          Value before = new Value.Difference(Value.constant(-ENTRIES), slot);
          yield Value.word(new Value.Difference(Value.word(codeOf(frame), copies), before), 0);
        }
      };
    }
  }

  /// `entries` of `_PyCodeArray` (CPython 3.14.0 Include/cpython/code.h).
  long ENTRIES = 8;

  /// Where a frame's bytecode begins.
  sealed interface Bytecode {
    /// @param start `co_code_adaptive` in the code object
    record InCode(int start) implements Bytecode {}

    /// Free-threaded builds from 3.14 on specialise a copy for each thread.
    ///
    /// @param copies `co_tlbc` in the code object
    /// @param index `tlbc_index` in the frame, 4 bytes
    record OfThread(int copies, int index) implements Bytecode {}
  }

  /// Where a thread state keeps the address of the current `_PyInterpreterFrame`.
  sealed interface ThreadFrame {
    /// 3.11 and 3.12: `tstate->cframe->current_frame`.
    record ThroughCFrame(int cframe, int currentFrame) implements ThreadFrame {}

    /// From 3.13 on: `tstate->current_frame`.
    record Direct(int currentFrame) implements ThreadFrame {}
  }
}
