package pytap.asm.x86;

/// Shifts, with the extension bits of their encoding.
public enum Shift {
  LEFT(4),
  RIGHT(5),
  RIGHT_SIGNED(7);

  private final int extension;

  Shift(int extension) {
    this.extension = extension;
  }

  int extension() {
    return extension;
  }
}
