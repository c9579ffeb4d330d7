package pytap.probe;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

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
  /// @param slots the words
  /// @param setter the target's function that puts functions there
  record PerThread(int what, Slots slots, Setter setter) implements Callback {}

  /// A word of every thread's state, and what goes with it.
  ///
  /// @param list where the states of threads are
  /// @param slot offset of the word in a thread's state
  /// @param otherSlot offset of a word whose being 0 or not has the same effect on the flag
  /// @param depth offset of 4 bytes that are not 0 while such a function runs: then the flag is
  ///   left alone
  /// @param flag what must be set where one of the two words is not 0
  /// @param count what counts the threads whose word is not 0
  record Slots(ThreadList list, int slot, int otherSlot, int depth, Flag flag, Count count) {}

  /// A function of the target that takes what is to be put into the running thread's word; it gets
  /// one of ours instead, so that no event between this call and the site's window is missed.
  ///
  /// @param window at which its argument is still in its register and nowhere else
  /// @param argument the register
  record Setter(PatchWindow window, Register argument) {}

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

  /// A function that the interpreter calls with `(self, arguments, count)` for an event of
  /// `sys.monitoring` (PEP 669), once a tool of ours has asked it to. Asking means to call the
  /// interpreter, so a thread of the target does it by itself, at a gate.
  ///
  /// @param event the number of the event's bit
  /// @param gates where a thread comes by with its thread state in `%rdi`, may call the interpreter
  ///   and needs none of the registers that a called function may change but its first six
  ///   arguments
  /// @param interpreter where in the thread state the interpreter is
  /// @param functions the link-time addresses of the functions of the C API that it takes
  /// @param none of `None`
  /// @param stopsWorld whether all threads must be stopped to take the function back: a forked
  ///   child may have inherited the lock for that from a thread that it does not have
  /// @param nudge what makes threads that are running come by at a gate
  record Monitored(
      int event,
      List<PatchWindow> gates,
      int interpreter,
      Map<String, Long> functions,
      long none,
      boolean stopsWorld,
      Nudge nudge)
      implements Callback {
    public Monitored {
      gates = List.copyOf(gates);
      functions = Map.copyOf(functions);
    }
  }

  /// Bits that are set in every interpreter, or in every thread of every interpreter, while all
  /// threads are stopped; who sees one clears it, and finds nothing to do.
  ///
  /// @param interpreters link-time address of the word that leads to the first interpreter
  /// @param next where in an interpreter the address of the next one is
  /// @param threads where in an interpreter the address of its first thread state is; empty where
  ///   the bits are the interpreter's
  /// @param nextThread where in a thread state the address of the next one is
  /// @param bits by the offset of their byte
  record Nudge(
      long interpreters,
      int next,
      OptionalInt threads,
      int nextThread,
      Map<Integer, Integer> bits) {
    public Nudge {
      bits = Map.copyOf(bits);
    }
  }
}
