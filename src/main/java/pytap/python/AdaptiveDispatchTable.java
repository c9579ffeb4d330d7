package pytap.python;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import pytap.asm.x86.Sweep;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The table of opcode handlers through which `_PyEval_EvalFrameDefault` dispatches when it was
/// compiled with computed gotos (CPython 3.12.1 Python/opcode_targets.h): 256 code pointers, one
/// per opcode. It has no symbol in a stripped file. It is found as the one address which the
/// function's own code refers to where 256 pointers stand that all lead into that function, with
/// one handler, that of the unassigned opcodes, many times and nearly all others once.
///
/// @param address of the first pointer
/// @param handlers the handler of each opcode
record AdaptiveDispatchTable(long address, List<Long> handlers) {
  private static final int OPCODES = 256;
  private static final int MIN_HANDLERS = 150;
  private static final int MAX_PARTS = 4;

  AdaptiveDispatchTable {
    handlers = List.copyOf(handlers);
  }

  long handler(AdaptiveOpcode opcode) {
    return handlers.get(opcode.number());
  }

  /// Finds the table to which the function at `evalFrame` refers.
  static AdaptiveDispatchTable find(SweptExtents swept, long evalFrame)
      throws FormatException, TracerException {
    ElfFile file = swept.file();
    AdaptiveCode function = AdaptiveCode.of(swept, evalFrame, Set.of());
    List<AdaptiveDispatchTable> found = new ArrayList<>();
    for (long address : references(file, function)) {
      List<Long> pointers = pointers(file, address);
      if (looksRight(file, pointers)) {
        found.add(new AdaptiveDispatchTable(address, pointers));
      }
    }
    if (found.size() != 1) {
      throw new TracerException(
          TracerException.Kind.UNKNOWN_CPYTHON,
          "find the table of opcode handlers of " + file.name(),
          found.isEmpty()
              ? "_PyEval_EvalFrameDefault refers to no table of 256 handlers"
              : found.size() + " tables look like it",
          "builds with computed gotos, the default of gcc and clang, are supported;"
              + " --without-computed-gotos and the tail-calling interpreter are not");
    }
    return found.getFirst();
  }

  private static Set<Long> references(ElfFile file, AdaptiveCode function) {
    int wanted = Sweep.WITHOUT_BASE | (file.positionIndependent() ? 0 : Sweep.IMMEDIATE);
    Set<Long> addresses = new TreeSet<>();
    for (Sweep sweep : function.parts().sweeps()) {
      for (int i = 0; i < sweep.names(); i++) {
        if ((sweep.howNamed(i) & wanted) != 0 && (sweep.named(i) & 7) == 0) {
          boolean immediate = (sweep.howNamed(i) & Sweep.IMMEDIATE) != 0;
          addresses.add(immediate ? sweep.named(i) & 0xffff_ffffL : sweep.named(i));
        }
      }
    }
    return addresses;
  }

  private static List<Long> pointers(ElfFile file, long address) throws FormatException {
    List<Long> pointers = new ArrayList<>(OPCODES);
    for (int i = 0; i < OPCODES; i++) {
      long at = address + i * 8L;
      if (file.fileOffset(at).isEmpty() || file.fileOffset(at + 7).isEmpty()) {
        return List.of();
      }
      long pointer = file.pointer(at);
      if (!file.executable(pointer)) {
        return List.of();
      }
      pointers.add(pointer);
    }
    return pointers;
  }

  private static boolean looksRight(ElfFile file, List<Long> pointers) throws FormatException {
    if (pointers.isEmpty()) {
      return false;
    }
    Map<Long, Integer> uses = new HashMap<>();
    pointers.forEach(pointer -> uses.merge(pointer, 1, Integer::sum));
    long repeated = uses.values().stream().filter(count -> count > 8).count();
    if (uses.size() < MIN_HANDLERS || repeated != 1) {
      return false;
    }
    List<FunctionExtent> parts = new ArrayList<>();
    for (long pointer : uses.keySet()) {
      if (!anyContains(parts, pointer)) {
        Optional<FunctionExtent> part = file.functionAt(pointer);
        if (part.isEmpty() || parts.size() == MAX_PARTS) {
          return false;
        }
        parts.add(part.get());
      }
    }
    return true;
  }

  private static boolean anyContains(List<FunctionExtent> parts, long address) {
    for (FunctionExtent part : parts) {
      if (part.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
