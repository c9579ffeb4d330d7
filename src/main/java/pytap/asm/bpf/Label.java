package pytap.asm.bpf;

/// A place in the code of one [Assembler], which jumps may name before it is bound.
public final class Label {
  private static final int UNBOUND = -1;

  private final String name;
  private int slot = UNBOUND;

  Label(String name) {
    this.name = name;
  }

  void bind(int at) {
    if (slot != UNBOUND) {
      throw new IllegalStateException("label " + name + " bound twice");
    }
    slot = at;
  }

  int slot() {
    if (slot == UNBOUND) {
      throw new IllegalStateException("label " + name + " was never bound");
    }
    return slot;
  }

  @Override
  public String toString() {
    return name;
  }
}
