package pytap.runtime;

/// What the library functions on the target's memory do where the memory was unreadable.
public final class MemoryFunctions {
  private static final String FAULT = "user string copy fault -14"; // EFAULT, as SystemTap counts

  private MemoryFunctions() {}

  /// Ends the handler: the text at `address` was unreadable.
  public static ByteString fail(long address, Site site) {
    throw ScriptError.at(site, message(address));
  }

  /// Ends the handler: a text was unreadable, and so was its address.
  public static ByteString fail(Site site) {
    throw ScriptError.at(site, FAULT);
  }

  /// Warns, and gives what stands for the text.
  public static ByteString warn(long address, Machine machine) {
    machine.warned(ByteString.ofLatin1(message(address)));
    return ByteString.ofLatin1("<unknown>");
  }

  /// Gives the address itself for the text, `NULL` for 0.
  public static ByteString address(long address) {
    return ByteString.ofLatin1(address == 0 ? "NULL" : LateReader.hex(address));
  }

  private static String message(long address) {
    return FAULT + " at " + LateReader.hex(address);
  }
}
