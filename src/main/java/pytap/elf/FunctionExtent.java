package pytap.elf;

/// The half-open range `[start, end)` of link-time addresses that one frame description entry of
/// `.eh_frame` covers. A function that the compiler split has one extent for each part.
public record FunctionExtent(long start, long end) {
  public boolean contains(long address) {
    return address >= start && address < end;
  }
}
