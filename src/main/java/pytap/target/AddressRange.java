package pytap.target;

/// Addresses in a process.
///
/// @param start the first
/// @param end the first behind them
public record AddressRange(long start, long end) {
  public boolean holds(long address) {
    return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
  }
}
