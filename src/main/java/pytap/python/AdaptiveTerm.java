package pytap.python;

import pytap.asm.x86.GeneralRegister;

/// What is known about a register while [AdaptiveState] follows code: a term over the values that
/// the registers had where the walk began.
sealed interface AdaptiveTerm {

  /// What the register held where the walk began.
  record Initial(GeneralRegister register) implements AdaptiveTerm {}

  record Plus(AdaptiveTerm base, long offset) implements AdaptiveTerm {}

  /// What was loaded from `base + offset`, zero-extended from `widthBytes` (1, 4 or 8).
  record Loaded(AdaptiveTerm base, long offset, int widthBytes) implements AdaptiveTerm {}

  /// The low 32 bits of a term, zero-extended.
  record Low(AdaptiveTerm term) implements AdaptiveTerm {}

  /// What the call at `address` returned.
  record Result(long address) implements AdaptiveTerm {}

  record Unknown() implements AdaptiveTerm {}

  AdaptiveTerm UNKNOWN = new Unknown();

  static AdaptiveTerm plus(AdaptiveTerm base, long offset) {
    return switch (base) {
      case Unknown _ -> UNKNOWN;
      case Plus(AdaptiveTerm inner, long first) -> plus(inner, first + offset);
      case Initial _, Loaded _, Low _, Result _ -> offset == 0 ? base : new Plus(base, offset);
    };
  }

  static AdaptiveTerm loaded(AdaptiveTerm base, long offset, int widthBytes) {
    return switch (base) {
      case Unknown _ -> UNKNOWN;
      case Plus(AdaptiveTerm inner, long first) -> new Loaded(inner, first + offset, widthBytes);
      case Initial _, Loaded _, Low _, Result _ -> new Loaded(base, offset, widthBytes);
    };
  }

  static AdaptiveTerm low(AdaptiveTerm term) {
    return switch (term) {
      case Unknown _ -> UNKNOWN;
      case Low _ -> term;
      case Loaded(AdaptiveTerm _, long _, int width) -> width <= 4 ? term : new Low(term);
      case Initial _, Plus _, Result _ -> new Low(term);
    };
  }
}
