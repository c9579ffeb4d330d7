package pytap.gen;

/// The `task_struct` that programs find where no kernel is: offsets that the in-process engine's
/// `probe_read_kernel` answers. There is no memory behind them; each read asks for what it needs at
/// that moment, so threads cannot get in each other's way.
public final class PseudoTask {
  /// What `get_current_task` gives: an address that nothing is mapped at.
  public static final int ADDRESS = 0x400;

  public static final int PID = 0;
  public static final int TGID = 8;
  public static final int REAL_PARENT = 16;
  public static final int CRED = 24;
  public static final int FS_BASE = 32;

  /// What [#REAL_PARENT] gives; of the parent only [#TGID] is known.
  public static final int PARENT_ADDRESS = ADDRESS + 0x100;

  /// What [#CRED] gives.
  public static final int CRED_ADDRESS = ADDRESS + 0x200;

  public static final int EUID = 0;
  public static final int EGID = 8;

  private PseudoTask() {}
}
