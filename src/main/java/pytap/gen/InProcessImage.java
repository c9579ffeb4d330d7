package pytap.gen;

import java.util.List;
import pytap.asm.x86.MachineCode;
import pytap.probe.Callback;

/// The in-process engine's code for the sites of one file in one process: relocated, ready to be
/// written.
///
/// @param address where in the target the code goes
/// @param code what is written there
/// @param hooks the places in the file's code that lead to it
/// @param links the places in the target's data that lead to it
public record InProcessImage(long address, MachineCode code, List<Hook> hooks, List<Link> links) {
  public InProcessImage {
    hooks = List.copyOf(hooks);
    links = List.copyOf(links);
  }

  /// A jump to be written over instructions.
  ///
  /// @param site index of the site in the image that the code was made from
  /// @param address where in the target
  /// @param sizeBytes how many bytes of instructions are displaced: no thread may stand inside,
  ///   except at the first, when the jump is written
  /// @param original the bytes that must stand there before, as long as `replacement`
  /// @param replacement the jump
  public record Hook(
      int site, long address, int sizeBytes, MachineCode original, MachineCode replacement) {}

  /// A pointer to a function of the code, to be put where the target looks for functions to call.
  public sealed interface Link {

    /// At the end of a list, see [pytap.probe.Callback.Listed]. Where the list has entries already,
    /// the function is at its head as well, with 1 as its last argument instead of 0: entries may
    /// be freed in a round that another function ends, and then only the first one has been asked.
    ///
    /// @param head the address of the word that leads to the list's first entry
    /// @param guard where the entry at the head goes, 24 bytes of the region's data memory
    /// @param entry where the one at the end goes
    record Listed(long head, long guard, long entry, long function) implements Link {}

    /// In a word of every thread's state, see [pytap.probe.Callback.PerThread].
    ///
    /// @param slots with the target's own addresses
    /// @param functions the first stands where there was none; each of the others calls what the
    ///   word of the same number from `replaced` on leads to
    /// @param replaced in the region's data memory
    record PerThread(Callback.Slots slots, List<Long> functions, long replaced) implements Link {
      public PerThread {
        functions = List.copyOf(functions);
      }
    }

    /// What a function goes on to that the target calls once a thread of it has registered it, see
    /// [pytap.probe.Callback.Monitored].
    ///
    /// @param resident the function and all that registers it, for the region's resident memory
    /// @param word the word of the control memory that leads on
    /// @param function what it leads to
    /// @param nudge what makes threads look whether there is something to register; addresses of
    ///   the target
    record Monitored(MachineCode resident, long word, long function, Callback.Nudge nudge)
        implements Link {}
  }
}
