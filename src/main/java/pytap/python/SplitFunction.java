package pytap.python;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Sweep;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

/// All parts of the function that an address belongs to, whichever part that is.
final class SplitFunction {
  private final SweptExtents swept;
  private final CodeParts parts = new CodeParts();

  private SplitFunction(SweptExtents swept) {
    this.swept = swept;
  }

  /// @throws NotEstablished where no frame description covers `address`
  static CodeParts around(SweptExtents swept, long address) throws FormatException, NotEstablished {
    Optional<FunctionExtent> extent = swept.file().functionAt(address);
    if (extent.isEmpty()) {
      throw new NotEstablished(
          "no frame description covers the code at 0x" + Long.toHexString(address));
    }
    SplitFunction function = new SplitFunction(swept);
    function.parts.add(extent.get(), swept.of(extent.get()));
    function.addOthers();
    return function.parts;
  }

  /// A jump into the middle of an extent does not leave the function, and one to its beginning does
  /// not where that jumps back.
  private void addOthers() throws FormatException {
    Set<FunctionExtent> strange = new HashSet<>();
    for (int part = 0; part < parts.sweeps().size(); part++) {
      Sweep sweep = parts.sweeps().get(part);
      for (int i = 0; i < sweep.jumps(); i++) {
        long target = sweep.jumpTarget(i);
        Optional<FunctionExtent> extent =
            parts.hold(target) ? Optional.empty() : swept.file().functionAt(target);
        if (extent.isPresent() && !strange.contains(extent.get())) {
          boolean own =
              extent.get().start() != target || parts.areEnteredBy(swept.of(extent.get()));
          if (own) {
            parts.add(extent.get(), swept.of(extent.get()));
          } else {
            strange.add(extent.get());
          }
        }
      }
    }
  }
}
