package pytap.python;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Effect;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.source.FormatException;

/// Finds an interpreter's version in its file without running it: the constant `Py_Version` (3.11
/// and later), or else the text that `Py_GetVersion` puts in front of `sys.version`.
final class VersionText {
  private static final int LONGEST = 16;

  private VersionText() {}

  static PythonVersion find(ElfFile file) throws FormatException, NotEstablished {
    Optional<Symbol> constant = file.exported("Py_Version");
    if (constant.isPresent()) {
      long hex = file.word(constant.get().address());
      return PythonVersion.ofHex(hex)
          .orElseThrow(() -> new NotEstablished("Py_Version is 0x" + Long.toHexString(hex)));
    }
    Optional<Symbol> getter = file.exported("Py_GetVersion");
    if (getter.isEmpty()) {
      throw new NotEstablished("neither Py_Version nor Py_GetVersion is exported");
    }
    Set<PythonVersion> found = new HashSet<>();
    FunctionCode code = FunctionCode.of(file, getter.get().address());
    for (Instruction it : code.instructions()) {
      OptionalLong address = addressTaken(it);
      if (address.isPresent()) {
        Optional<String> text = text(file, address.getAsLong());
        Optional<PythonVersion> version =
            text.isPresent() ? PythonVersion.parse(text.get()) : Optional.empty();
        if (version.isPresent()) {
          found.add(version.get());
        }
      }
    }
    if (found.size() != 1) {
      throw new NotEstablished(
          "Py_GetVersion refers to " + found.size() + " texts that look like versions " + found);
    }
    return found.iterator().next();
  }

  private static OptionalLong addressTaken(Instruction it) {
    return switch (Effect.of(it)) {
      case Effect.Address(_, MemoryOperand memory) when memory.absolute() ->
          OptionalLong.of(memory.displacement());
      case Effect.SetConstant(_, long value) -> OptionalLong.of(value);
      default -> OptionalLong.empty();
    };
  }

  /// The text at `address`, when there is a short one.
  private static Optional<String> text(ElfFile file, long address) throws FormatException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i <= LONGEST && file.fileOffset(address + i).isPresent(); i++) {
      int character = file.uint8(address + i);
      if (character == 0) {
        return Optional.of(text.toString());
      }
      text.append((char) character);
    }
    return Optional.empty();
  }
}
