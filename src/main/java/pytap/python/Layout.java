package pytap.python;

import java.util.OptionalInt;
import pytap.probe.LineTable;
import pytap.probe.UnicodeLayout;

/// Where the fields that pytap reads lie in the structures of one CPython version, release build,
/// x86-64. All numbers are bytes from the start of the structure.
///
/// @param text how `co_name` and `co_filename` hold their characters
/// @param lines how a code object maps bytecode offsets to lines
/// @param code offsets in code objects
/// @param frame offsets in frames and in what leads to them
/// @param runtimeThread `gilstate.tstate_current` in `_PyRuntime`: the thread state that holds the
///   GIL. Absent before 3.7, where `_PyThreadState_Current` is a variable of its own, and from 3.12
///   on, where it is thread-local
public record Layout(
    UnicodeLayout text, LineTable lines, Code code, FrameLayout frame, OptionalInt runtimeThread) {

  /// @param filename `co_filename`
  /// @param name `co_name`
  /// @param flags `co_flags`
  public record Code(int filename, int name, int flags) {}
}
