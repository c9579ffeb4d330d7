package pytap.python;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import pytap.asm.x86.Instruction;
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
  static AdaptiveDispatchTable find(ElfFile file, long evalFrame)
      throws FormatException, TracerException {
    AdaptiveCode function = AdaptiveCode.of(file, evalFrame, Set.of());
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
    Set<Long> addresses = new TreeSet<>();
    for (Instruction instruction : function.instructions()) {
      instruction
          .memory()
          .filter(memory -> memory.absolute() || memory.base().isEmpty())
          .map(memory -> memory.displacement())
          .ifPresent(addresses::add);
      if (!file.positionIndependent()) {
        addresses.add(instruction.immediate() & 0xffff_ffffL);
      }
    }
    addresses.removeIf(address -> (address & 7) != 0 || file.fileOffset(address).isEmpty());
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
    Set<FunctionExtent> parts = new HashSet<>();
    for (long pointer : uses.keySet()) {
      if (file.functionAt(pointer).isEmpty()) {
        return false;
      }
      parts.add(file.functionAt(pointer).get());
    }
    return parts.size() <= MAX_PARTS;
  }
}
