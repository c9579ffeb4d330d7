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

  /// Where the region's shared memory is now, for code that is the same whoever uses the region.
  public static final int SHARED = 2048;

  /// The interpreter for which nothing is left to do ([pytap.probe.Callback.Monitored]).
  public static final int SETTLED = 2056;

  /// A word for each of [#INTERPRETERS] interpreters, by the low bits of their numbers: one more
  /// than the number of the one in which callbacks are registered.
  public static final int REGISTERED = 2112;

  public static final int INTERPRETERS = 64;

  private DataPage() {}
}
