package pytap.elf;

/// One program header.
///
/// @param type `PT_…`; [#LOAD] is the one that is mapped
/// @param flags `PF_X` 1, `PF_W` 2, `PF_R` 4
/// @param fileOffset bytes from the start of the file
/// @param address link-time virtual address
/// @param fileSize bytes in the file
/// @param memorySize bytes in memory; the rest is zero
public record Segment(
    int type, int flags, long fileOffset, long address, long fileSize, long memorySize) {
  public static final int LOAD = 1;
  public static final int DYNAMIC = 2;
  public static final int INTERP = 3;
  public static final int GNU_EH_FRAME = 0x6474e550;

  public boolean executable() {
    return (flags & 1) != 0;
  }

  public boolean writable() {
    return (flags & 2) != 0;
  }

  /// Whether `address` is backed by bytes of the file.
  public boolean holds(long address) {
    return address >= this.address && address - this.address < fileSize;
  }
}
