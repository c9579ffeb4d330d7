package pytap.runtime;

/// What the library functions on the target's memory do where the memory was unreadable.
public final class MemoryFunctions {
  private static final String FAULT = "user string copy fault -14"; // EFAULT, as SystemTap counts

  private MemoryFunctions() {}

  /// Ends the handler: the text at `address` was unreadable.
  public static ByteString fail(long address, Site site) {
    throw ScriptError.at(site, FAULT + " at " + LateReader.hex(address));
  }

  /// Ends the handler: a text was unreadable, and so was its address.
  public static ByteString fail(Site site) {
    throw ScriptError.at(site, FAULT);
  }

  /// Warns.
  ///
  /// @param text `%` stands for `address`
  public static void warn(ByteString text, long address, Machine machine) {
    String hex = LateReader.hex(address);
    machine.warned(ByteString.ofLatin1(text.toString().replace("%", hex)));
  }

  /// Gives the address itself for the text.
  public static ByteString address(long address) {
    return ByteString.ofLatin1(LateReader.hex(address));
  }

  /// The integer in the record's slot; where it was unreadable, a warning and 0, or a run-time
  /// error where `warning` is empty.
  public static long integer(
      EventRecord record,
      int offset,
      int bit,
      long address,
      ByteString warning,
      Machine machine,
      Site site) {
    return record.faulted(bit)
        ? unreadable(address, warning, machine, site)
        : record.integer(offset, bit);
  }

  /// The same, read late.
  public static long integer(
      LateReader reader,
      long address,
      int widthBytes,
      ByteString warning,
      Machine machine,
      Site site) {
    return reader.faultsInteger(address, widthBytes)
        ? unreadable(address, warning, machine, site)
        : reader.integer(address, widthBytes);
  }

  private static long unreadable(long address, ByteString warning, Machine machine, Site site) {
    if (warning.length() == 0) {
      throw ScriptError.at(site, "read fault at " + LateReader.hex(address));
    }
    warn(warning, address, machine);
    return 0;
  }
}
