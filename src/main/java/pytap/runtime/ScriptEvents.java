package pytap.runtime;

/// What a running script tells the session at once, beside what it prints.
public interface ScriptEvents {
  /// A handler failed and ended. The session prints it and may [Machine#stop] the machine.
  void failed(ScriptError error);

  /// `warn(text)` and its like; `text` has no final newline. The session prints `WARNING: text`.
  void warned(ByteString text);
}
