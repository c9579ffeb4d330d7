package pytap.runtime;

/// Reads a process's memory while a handler runs, some time after the probe fired. Handlers use it
/// only for addresses that could not be captured at the probe; what stands there may have changed.
public interface TargetMemory {
  /// Reads up to `length` bytes at `address` of process `pid` into the start of `target`.
  ///
  /// @return how many bytes were read, from the first on; 0 where the address is unreadable
  int read(int pid, long address, byte[] target, int length);

  /// No memory at all: every address is unreadable.
  TargetMemory NONE =
      new TargetMemory() {
        @Override
        public int read(int pid, long address, byte[] target, int length) {
          return 0;
        }
      };
}
