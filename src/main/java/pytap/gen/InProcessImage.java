package pytap.gen;

import java.util.List;
import pytap.asm.x86.MachineCode;

/// The in-process engine's code for the sites of one file in one process: relocated, ready to be
/// written.
///
/// @param address where in the target the code goes
/// @param code what is written there
/// @param hooks the places in the file's code that lead to it
public record InProcessImage(long address, MachineCode code, List<Hook> hooks) {
  public InProcessImage {
    hooks = List.copyOf(hooks);
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
}
