package pytap.probe;

import java.util.List;
import java.util.Optional;

/// A register by one of the assembler's names: `rax`, `eax`, `ax`, `al`, `ah`, `r8d`, `sil`.
///
/// @param bits how many
/// @param shift the lowest of them in the whole register
public record RegisterPart(Register register, int bits, int shift) {
  private static final List<Register> LETTERED =
      List.of(Register.RAX, Register.RBX, Register.RCX, Register.RDX);

  private static final List<Register> POINTERS =
      List.of(Register.RSI, Register.RDI, Register.RBP, Register.RSP);

  /// @param name in small letters, without `%`
  public static Optional<RegisterPart> named(String name) {
    for (Register register : Register.values()) {
      String whole = register.assemblerName();
      if (name.equals(whole)) {
        return Optional.of(new RegisterPart(register, 64, 0));
      }
      Optional<RegisterPart> part =
          LETTERED.contains(register) || POINTERS.contains(register)
              ? named(name, register, whole.substring(1))
              : numbered(name, register, whole);
      if (part.isPresent()) {
        return part;
      }
    }
    return Optional.empty();
  }

  /// @param stem `ax` or `si`
  private static Optional<RegisterPart> named(String name, Register register, String stem) {
    if (name.equals("e" + stem)) {
      return Optional.of(new RegisterPart(register, 32, 0));
    }
    if (name.equals(stem)) {
      return Optional.of(new RegisterPart(register, 16, 0));
    }
    boolean lettered = LETTERED.contains(register);
    if (name.equals(lettered ? stem.charAt(0) + "l" : stem + "l")) {
      return Optional.of(new RegisterPart(register, 8, 0));
    }
    return lettered && name.equals(stem.charAt(0) + "h")
        ? Optional.of(new RegisterPart(register, 8, 8))
        : Optional.empty();
  }

  /// @param whole `r8`
  private static Optional<RegisterPart> numbered(String name, Register register, String whole) {
    if (whole.length() < 2 || !Character.isDigit(whole.charAt(1)) || !name.startsWith(whole)) {
      return Optional.empty();
    }
    return switch (name.substring(whole.length())) {
      case "d" -> Optional.of(new RegisterPart(register, 32, 0));
      case "w" -> Optional.of(new RegisterPart(register, 16, 0));
      case "b", "l" -> Optional.of(new RegisterPart(register, 8, 0));
      default -> Optional.empty();
    };
  }

  /// These bits of `whole`, the register's value, zero-extended.
  public long of(long whole) {
    return bits == 64 ? whole : (whole >>> shift) & ((1L << bits) - 1);
  }
}
