package pytap.session;

import pytap.linux.ExitStatus;

/// How a session ended.
public sealed interface Outcome {

  /// In good order: `exit()`, a signal, the end of the target.
  record Done() implements Outcome {}

  /// The command of `-c` did not end with status 0.
  record CommandFailed(ExitStatus status) implements Outcome {}

  /// The script failed while it ran.
  record ScriptFailed(int errors) implements Outcome {}
}
