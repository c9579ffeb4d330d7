package pytap.python;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.Instruction;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.elf.Symbol;
import pytap.source.FormatException;

/// What the calls of one file lead to: the names behind its PLT, and which callees never come back.
final class Calls {
  private static final int STUB_BYTES = 16;
  private static final Set<String> NEVER_RETURN =
      Set.of(
          "abort",
          "exit",
          "_exit",
          "__assert_fail",
          "__stack_chk_fail",
          "Py_Exit",
          "Py_FatalError",
          "_Py_FatalErrorFunc",
          "_Py_FatalErrorFormat",
          "_Py_FatalError_TstateNULL");

  private final ElfFile file;
  private final Map<Long, Boolean> neverReturn = new HashMap<>();

  Calls(ElfFile file) {
    this.file = file;
  }

  /// The name that the procedure linkage table entry at `target` stands for.
  Optional<String> linkageName(long target) throws FormatException {
    Optional<FunctionExtent> extent = file.functionAt(target);
    if (!file.executable(target)
        || !file.executable(target + STUB_BYTES - 1)
        || (extent.isPresent()
            && extent.get().start() == target
            && extent.get().end() - target > STUB_BYTES)) {
      return Optional.empty();
    }
    Decoder decoder = new Decoder(file.bytesAt(target, STUB_BYTES), target);
    Instruction first = decoder.at(target);
    boolean marker = first.branch() == Branch.NONE && first.length() == 4;
    Instruction jump = marker ? decoder.at(first.next()) : first;
    if (jump.branch() != Branch.JUMP_INDIRECT
        || jump.memory().isEmpty()
        || !jump.memory().get().absolute()) {
      return Optional.empty();
    }
    return file.symbolInSlot(jump.memory().get().displacement());
  }

  /// Whether a call or jump to `target` never comes back, as far as that can be known.
  boolean neverReturns(long target) throws FormatException {
    Boolean known = neverReturn.get(target);
    if (known == null) {
      known = computeNeverReturns(target);
      neverReturn.put(target, known);
    }
    return known;
  }

  private boolean computeNeverReturns(long target) throws FormatException {
    Optional<String> name = linkageName(target);
    if (name.isPresent()) {
      return NEVER_RETURN.contains(name.get());
    }
    for (String fatal : NEVER_RETURN) {
      Optional<Symbol> symbol = file.exported(fatal);
      if (symbol.isPresent() && symbol.get().address() == target) {
        return true;
      }
    }
    return false;
  }
}
