package pytap.python;

import java.util.List;
import java.util.Optional;
import pytap.probe.Argument;
import pytap.probe.Value;

/// The three documented arguments of the function markers, read from a frame: file name, function
/// name, line.
final class FunctionArguments {
  private FunctionArguments() {}

  /// @param frame the address of the frame, at a moment when its last instruction is the one whose
  ///   line is meant
  static List<Argument> of(Layout layout, Value frame) {
    return switch (layout.frame()) {
      case FrameLayout.FrameObject object -> {
        Value code = Value.word(frame, object.code());
        Value index = Value.int32(frame, object.lastInstruction());
        int unitBits = Integer.numberOfTrailingZeros(object.lastInstructionUnitBytes());
        Value offset = unitBits == 0 ? index : new Value.ShiftedLeft(index, unitBits);
        yield of(layout, code, offset);
      }
      case FrameLayout.InterpreterFrame slim -> {
        Value executing = Value.word(frame, slim.instruction());
        Value offset = new Value.Difference(executing, slim.bytecodeOf(frame));
        yield of(layout, slim.codeOf(frame), offset);
      }
    };
  }

  /// @param code the code object
  /// @param byteOffset where in its bytecode the line is taken from
  static List<Argument> of(Layout layout, Value code, Value byteOffset) {
    return List.of(
        new Argument.PythonText(Value.word(code, layout.code().filename()), layout.text()),
        new Argument.PythonText(Value.word(code, layout.code().name()), layout.text()),
        new Argument.Line(code, Optional.of(byteOffset), layout.lines()));
  }
}
