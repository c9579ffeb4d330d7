package pytap.ir;

import java.util.OptionalInt;

/// A piece of a `printf` format. A front end also turns `print` and `println` into pieces.
public sealed interface FormatPiece {

  /// Bytes printed as they are.
  record Literal(String bytes) implements FormatPiece {}

  /// One directive; it takes one argument, one more before it for each of width and precision that
  /// is dynamic (`*`), in the order width, precision, value.
  record Directive(Flag flag, Amount width, Amount precision, Conversion conversion)
      implements FormatPiece {}

  /// At most one flag, as SystemTap allows.
  enum Flag {
    NONE,
    /// `-`
    LEFT,
    /// `0`
    ZERO,
    /// `+`
    PLUS,
    /// a space
    SPACE,
    /// `#`
    ALTERNATE
  }

  /// A width or a precision.
  ///
  /// @param constant the number written in the format
  /// @param dynamic written as `*`
  record Amount(OptionalInt constant, boolean dynamic) {
    public static final Amount NONE = new Amount(OptionalInt.empty(), false);
    public static final Amount DYNAMIC = new Amount(OptionalInt.empty(), true);

    public static Amount of(int constant) {
      return new Amount(OptionalInt.of(constant), false);
    }
  }

  /// What is printed.
  enum Conversion {
    /// `%d`, `%i`, `%ld`
    SIGNED,
    /// `%u`
    UNSIGNED,
    /// `%x`
    HEX_LOWER,
    /// `%X`
    HEX_UPPER,
    /// `%o`
    OCTAL,
    /// `%p`: 0x and hexadecimal digits
    POINTER,
    /// `%c`
    CHARACTER,
    /// `%s`
    STRING,
    /// `%b`: the value's bytes, little-endian, as many as the width says, 8 by default
    BINARY,
    /// `%m`: bytes of the target's memory at the address
    MEMORY,
    /// `%M`: the same in hexadecimal
    MEMORY_HEX
  }
}
