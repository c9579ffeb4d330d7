package pytap.asm.x86;

/// A place in the code of one [Assembler], which jumps and calls may name before it is bound.
public final class Label {
  private static final int UNBOUND = -1;

  private final String name;
  private int item = UNBOUND;

  Label(String name) {
    this.name = name;
  }

  /// The label stands before the assembler's item of this number.
  void bind(int item) {
    if (this.item != UNBOUND) {
      throw new IllegalStateException("label " + name + " bound twice");
    }
    this.item = item;
  }

  int item() {
    if (item == UNBOUND) {
      throw new IllegalStateException("label " + name + " was never bound");
    }
    return item;
  }

  @Override
  public String toString() {
    return name;
  }
}
