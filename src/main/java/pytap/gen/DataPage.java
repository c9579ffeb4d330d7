package pytap.gen;

/// What lies in a region's data memory, which the target's own code may read and write: offsets
/// from its start. It is never given back or wiped, since a thread of the target may have a pointer
/// into it for as long as it likes.
public final class DataPage {
  /// Two entries of a list of callbacks ([pytap.probe.Callback.Listed]): the one at the list's
  /// head, where it is not empty, and the one at its end.
  public static final int GUARD_ENTRY = 0;

  public static final int LIST_ENTRY = 24;

  /// For each function of ours that stands in place of another's
  /// ([pytap.probe.Callback.PerThread]), from the second on, 8 bytes: the address of that one, 0
  /// where the function is not used.
  public static final int REPLACED = 64;

  public static final int FUNCTIONS = 8;

  private DataPage() {}
}
