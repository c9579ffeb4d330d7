package pytap.session;

import java.util.Optional;
import pytap.linux.ChildProcess;
import pytap.linux.Pidfd;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// The process whose tree is traced: a command that pytap holds back (`-c`), or a running process
/// (`-x`).
///
/// @param command present with `-c`
/// @param attached present with `-x`
record TargetProcess(int pid, Optional<ChildProcess> command, Optional<Pidfd> attached) {

  static TargetProcess of(ChildProcess command) {
    return new TargetProcess(command.pid(), Optional.of(command), Optional.empty());
  }

  static TargetProcess of(Pidfd attached) {
    return new TargetProcess(attached.pid(), Optional.empty(), Optional.of(attached));
  }

  RunningProcess process() {
    return new RunningProcess(pid);
  }

  boolean hasEnded() throws TracerException {
    return attached.isPresent() && attached.get().hasEnded();
  }

  /// What is to be said where nothing that it runs can be traced.
  TracerException withoutPython() throws TracerException {
    if (hasEnded()) {
      return new TracerException(
          TracerException.Kind.TARGET_GONE,
          "attach to process " + pid,
          "it ended before it was attached to",
          "");
    }
    return withoutPython(process());
  }

  /// What is to be said where it runs nothing that the script probes.
  TracerException withoutPlaces() throws TracerException {
    return hasEnded()
        ? withoutPython()
        : new TracerException(
            TracerException.Kind.UNSUPPORTED_MARKER,
            "trace process " + pid,
            "it runs "
                + process().executable().map(String::valueOf).orElse("what may not be read")
                + ", which has nothing that the script probes",
            "name the library: process.library(\"NAME\")");
  }

  /// What is to be said of a process that runs no CPython.
  static TracerException withoutPython(RunningProcess process) {
    return new TracerException(
        TracerException.Kind.NOT_CPYTHON,
        "find CPython in process " + process.pid(),
        "it runs "
            + process.executable().map(String::valueOf).orElse("a program that may not be read")
            + ", and neither that nor a library it has loaded holds CPython",
        "give the process id of the Python itself");
  }
}
