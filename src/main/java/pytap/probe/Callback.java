package pytap.probe;

/// A function of the in-process engine that the interpreter itself calls at an event, because it is
/// told to: no instruction is replaced. The program finds the function's arguments in the registers
/// of the calling convention.
///
/// A site that is hooked so still has an address and a file offset: some instruction of the file,
/// which tells where the file lies.
public sealed interface Callback {

  /// One of a list of functions, each `int f(const char *event, void *, void *)`, in entries of
  /// three words: the next entry, the function and its last argument. The list's order is the order
  /// of calls; nobody takes an entry out, and a function that returns less than 0 ends the round.
  ///
  /// @param head link-time address of the word that leads to the first entry
  /// @param farewell the event after whose round the list's owner frees all entries: ours must be
  ///   out of the list by then
  record Listed(long head, String farewell) implements Callback {}
}
