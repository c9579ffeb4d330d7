package pytap.probe;

import java.util.Optional;

/// What one marker argument (`$arg1` …) is at a site, and how a handler gets it.
public sealed interface Argument {

  /// An integer or pointer whose value is `value` itself; `user_string` of it reads C text there.
  record Scalar(Value value) implements Argument {}

  /// Text held by a Python string object. `user_string` of it gives the text as UTF-8; its number
  /// is the address of the object's characters.
  ///
  /// @param object the address of the string object
  record PythonText(Value object, UnicodeLayout layout) implements Argument {}

  /// A tuple. `user_string` of it gives its items as `repr` would show them, as far as they are
  /// texts, numbers and the like; its number is the tuple's address.
  ///
  /// @param object the address of the tuple
  record PythonTuple(Value object, ObjectLayout layout) implements Argument {}

  /// A source line.
  ///
  /// @param code the code object's address
  /// @param byteOffset the offset, in bytes from the first instruction, of the instruction whose
  ///   line is meant; negative or absent: the code's first line (`co_firstlineno`)
  record Line(Value code, Optional<Value> byteOffset, LineTable table) implements Argument {}
}
