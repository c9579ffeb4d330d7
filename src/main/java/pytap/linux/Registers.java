package pytap.linux;

import java.lang.foreign.MemorySegment;

/// The general registers of a stopped thread, as a value (`struct user_regs_struct`, Linux 6.6
/// arch/x86/include/asm/user_64.h).
public final class Registers {
  static final int SIZE_BYTES = 216;

  /// The fields in the order in which they lie.
  public enum Field {
    R15,
    R14,
    R13,
    R12,
    RBP,
    RBX,
    R11,
    R10,
    R9,
    R8,
    RAX,
    RCX,
    RDX,
    RSI,
    RDI,
    /// The number of the system call that the thread is in, else -1.
    ORIG_RAX,
    RIP,
    CS,
    EFLAGS,
    RSP,
    SS,
    FS_BASE,
    GS_BASE,
    DS,
    ES,
    FS,
    GS
  }

  private final long[] values;

  private Registers(long[] values) {
    this.values = values;
  }

  static Registers read(MemorySegment from) {
    long[] values = new long[SIZE_BYTES / 8];
    MemorySegment.copy(from, Native.LONG, 0, values, 0, values.length);
    return new Registers(values);
  }

  void write(MemorySegment into) {
    MemorySegment.copy(values, 0, into, Native.LONG, 0, values.length);
  }

  public long get(Field field) {
    return values[field.ordinal()];
  }

  /// The same but for one field.
  public Registers with(Field field, long value) {
    long[] changed = values.clone();
    changed[field.ordinal()] = value;
    return new Registers(changed);
  }
}
