package pytap.source;

/// The world says no: a process that is gone, a missing capability, a build that is not known.
/// Always carries the three things a user needs: what was tried, what was found, what to do.
public final class TracerException extends Exception {
  private static final long serialVersionUID = 1L;

  /// Which of the documented exit statuses and remedies applies.
  public enum Kind {
    SCRIPT_MISSING,
    NO_SUCH_PROCESS,
    NO_PERMISSION,
    NO_BPF,
    COMMAND_NOT_FOUND,
    NOT_CPYTHON,
    UNKNOWN_CPYTHON,
    UNSUPPORTED_MARKER,
    FILE_UNREADABLE,
    TARGET_GONE,
    TARGET_BUSY,
    OUTPUT_FAILED,
    KERNEL_REFUSED
  }

  private final Kind kind;
  private final String tried;
  private final String found;
  private final String remedy;

  public TracerException(Kind kind, String tried, String found, String remedy) {
    super(tried + ": " + found + (remedy.isEmpty() ? "" : " (" + remedy + ")"));
    this.kind = kind;
    this.tried = tried;
    this.found = found;
    this.remedy = remedy;
  }

  public Kind kind() {
    return kind;
  }

  /// What pytap was doing, as a phrase: `attach to process 123`.
  public String tried() {
    return tried;
  }

  /// What it met: `no such process`.
  public String found() {
    return found;
  }

  /// What the user can do; empty where there is nothing to do.
  public String remedy() {
    return remedy;
  }
}
