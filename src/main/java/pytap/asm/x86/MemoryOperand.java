package pytap.asm.x86;

import java.util.Optional;

/// A memory operand `displacement(base, index, scale)`.
///
/// @param displacement signed; when `absolute` the whole address: a rip-relative operand is
///   resolved, and an operand with neither base nor index is absolute as well
/// @param absolute whether `displacement` is a link-time address and there is neither base nor
///   index
/// @param segment whether an `%fs` or `%gs` base is added
public record MemoryOperand(
    Optional<GeneralRegister> base,
    Optional<GeneralRegister> index,
    int scale,
    long displacement,
    boolean absolute,
    boolean segment) {

  /// Whether this is `offset(register)` and nothing more.
  public boolean is(GeneralRegister register, long offset) {
    return !segment
        && index.isEmpty()
        && displacement == offset
        && base.isPresent()
        && base.get() == register;
  }

  /// Whether this is some plain offset from `register`.
  public boolean basedOn(GeneralRegister register) {
    return !segment && index.isEmpty() && base.isPresent() && base.get() == register;
  }
}
