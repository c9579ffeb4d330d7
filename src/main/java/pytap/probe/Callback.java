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

  /// One in a word of every thread's state: `int f(void *, void *frame, int what, void *)`, 0 where
  /// there is none. A jump over the site's window sees to it that threads which begin later have it
  /// too; where the target puts a function of its own there, ours is called first and then that.
  ///
  /// @param what the third argument at the event
  /// @param list where the states of threads are
  /// @param slot offset of the word in a thread's state
  /// @param otherSlot offset of a word whose being 0 or not has the same effect on the flag
  /// @param depth offset of 4 bytes that are not 0 while such a function runs: then the flag is
  ///   left alone
  /// @param flag what must be set where one of the two words is not 0
  /// @param count what counts the threads whose word is not 0
  record PerThread(
      int what, ThreadList list, int slot, int otherSlot, int depth, Flag flag, Count count)
      implements Callback {}

  /// A list of interpreters, each with a list of threads.
  ///
  /// @param head link-time address of the word that leads to the first interpreter
  /// @param nextInterpreter offset in an interpreter of the word that leads to the next
  /// @param threads offset in an interpreter of the word that leads to its first thread
  /// @param nextThread offset in a thread of the word that leads to the next
  /// @param current link-time address of the word that leads to the thread that runs
  record ThreadList(long head, int nextInterpreter, int threads, int nextThread, long current) {}

  /// @param pointer offset in a thread's state of the word that leads to where the flag is;
  ///   negative where it is in the thread's state itself
  /// @param offset from there
  /// @param value what it is set to
  record Flag(int pointer, int offset, int widthBytes, int value) {}

  /// A number of 4 bytes.
  sealed interface Count {
    record None() implements Count {}

    /// @param address link-time address
    record Static(long address) implements Count {}

    /// One in each interpreter.
    ///
    /// @param pointer offset in a thread's state of the word that leads to its interpreter
    /// @param offset from there
    record InInterpreter(int pointer, int offset) implements Count {}
  }
}
