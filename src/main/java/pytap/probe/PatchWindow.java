package pytap.probe;

/// Whole instructions of a file that the in-process engine may replace by a jump.
///
/// Every way into them begins at the first: nothing jumps to, returns to or otherwise resumes at an
/// instruction between the first and the end. The site's condition and recipes give the same at the
/// window's first instruction as at the site's own.
///
/// @param address link-time address of the first instruction: the site's own, or a little behind it
/// @param sizeBytes how many bytes the instructions take, at least [#JUMP_BYTES]
public record PatchWindow(long address, int sizeBytes) {
  /// What a jump to anywhere within 2 GiB takes.
  public static final int JUMP_BYTES = 5;

  public PatchWindow {
    if (sizeBytes < JUMP_BYTES) {
      throw new IllegalArgumentException("a jump does not fit into " + sizeBytes + " bytes");
    }
  }

  /// The first address behind it.
  public long end() {
    return address + sizeBytes;
  }
}
