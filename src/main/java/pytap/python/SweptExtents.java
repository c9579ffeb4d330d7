package pytap.python;

import java.util.HashMap;
import java.util.Map;
import pytap.asm.x86.Sweep;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

/// The code of one file's functions, each gone through once.
final class SweptExtents {
  private final ElfFile file;
  private final Map<FunctionExtent, Sweep> sweeps = new HashMap<>();

  SweptExtents(ElfFile file) {
    this.file = file;
  }

  ElfFile file() {
    return file;
  }

  Sweep of(FunctionExtent extent) throws FormatException {
    Sweep known = sweeps.get(extent);
    if (known == null) {
      known = Sweep.of(file.bytesAt(extent.start(), extent.end() - extent.start()), extent.start());
      sweeps.put(extent, known);
    }
    return known;
  }
}
