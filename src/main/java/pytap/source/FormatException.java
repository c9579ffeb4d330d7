package pytap.source;

/// Bytes that are not what their format says: a truncated ELF header, an instruction that does not
/// decode. Says what was being read, where (offset in bytes from the start of it) and what stood
/// there.
public final class FormatException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final long offset;
  private final String found;

  public FormatException(String what, long offset, String found) {
    super(what + " at 0x" + Long.toHexString(offset) + ": " + found);
    this.what = what;
    this.offset = offset;
    this.found = found;
  }

  public String what() {
    return what;
  }

  public long offset() {
    return offset;
  }

  public String found() {
    return found;
  }
}
