package pytap.linux;

/// How a process ended.
public sealed interface ExitStatus {

  /// It returned `code`, 0 to 255.
  record Exited(int code) implements ExitStatus {
    @Override
    public int shellCode() {
      return code;
    }
  }

  /// A signal ended it.
  record Signaled(int signal) implements ExitStatus {
    @Override
    public int shellCode() {
      return 128 + signal;
    }
  }

  /// What a shell makes of it: the code, or 128 plus the signal.
  int shellCode();

  /// From the word that wait4 gives (Linux 6.6 include/uapi/linux/wait.h, kernel/exit.c).
  static ExitStatus of(int word) {
    int signal = word & 0x7f;
    return signal == 0 ? new Exited((word >> 8) & 0xff) : new Signaled(signal);
  }
}
