package pytap.unwind;

import java.util.Arrays;

/// Registers by their DWARF numbers (System V ABI, x86-64 supplement 1.0, figure 3.36): 7 is RSP,
/// 16 the return address. Some may be unknown.
public final class Registers {
  public static final int RSP = 7;
  public static final int RETURN_ADDRESS = 16;

  /// How many have numbers here.
  public static final int COUNT = 17;

  private final long[] values = new long[COUNT];
  private int known;

  public void set(int number, long value) {
    values[number] = value;
    known |= 1 << number;
  }

  public boolean knows(int number) {
    return number < COUNT && (known >>> number & 1) != 0;
  }

  public long get(int number) {
    if (!knows(number)) {
      throw new IllegalStateException("register " + number + " is not known");
    }
    return values[number];
  }

  /// The address of the instruction.
  public long pc() {
    return get(RETURN_ADDRESS);
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }
}
