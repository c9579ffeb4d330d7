package pytap.probe;

/// How to compute a 64-bit value at the moment a probe fires, from registers and the target's
/// memory. A load from unreadable memory makes the whole value *unreadable*, never zero.
public sealed interface Value {

  /// The register as it stands when the instruction at the site is about to execute. At a site
  /// whose instruction was reached by the trap itself RIP is the site's own address.
  record OfRegister(Register register) implements Value {}

  record Constant(long value) implements Value {}

  /// A link-time address in the file that holds the site, moved by that file's load bias. The
  /// engine finds the bias from RIP: `rip - site.address()`.
  record Static(long address) implements Value {}

  /// Reads `widthBytes` (1, 2, 4 or 8) of the target's memory at `address`.
  record Load(Value address, int widthBytes, boolean signed) implements Value {}

  /// `base + offset`.
  record Sum(Value base, long offset) implements Value {}

  /// The difference `left - right`.
  record Difference(Value left, Value right) implements Value {}

  /// `base & mask`.
  record Masked(Value base, long mask) implements Value {}

  /// `base << bits`, 0 to 63 (negative never).
  record ShiftedLeft(Value base, int bits) implements Value {}

  /// `base >>> bits`, 0 to 63.
  record ShiftedRight(Value base, int bits) implements Value {}

  /// The low `widthBytes` (1, 2 or 4) of `base`, sign- or zero-extended to 64 bits.
  record Narrowed(Value base, int widthBytes, boolean signed) implements Value {}

  /// 1 where `base` is not 0, else 0.
  record NotZero(Value base) implements Value {}

  /// The base of the thread's thread-local storage (`%fs:0`), which is also its `pthread_self()`.
  record ThreadPointer() implements Value {}

  static Value register(Register register) {
    return new OfRegister(register);
  }

  static Value constant(long value) {
    return new Constant(value);
  }

  /// The 8-byte word at `base + offset`.
  static Value word(Value base, long offset) {
    return new Load(plus(base, offset), 8, false);
  }

  /// The signed 4-byte integer at `base + offset`.
  static Value int32(Value base, long offset) {
    return new Load(plus(base, offset), 4, true);
  }

  /// The byte at `base + offset`, unsigned.
  static Value uint8(Value base, long offset) {
    return new Load(plus(base, offset), 1, false);
  }

  static Value plus(Value base, long offset) {
    return offset == 0 ? base : new Sum(base, offset);
  }
}
