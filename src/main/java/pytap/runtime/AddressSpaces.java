package pytap.runtime;

import java.util.Optional;

/// What lies where in the target's processes: files, symbols, and how the stack is unwound.
public interface AddressSpaces {
  /// What an address belongs to.
  ///
  /// @param path of the mapped file
  /// @param base where the file's first byte is mapped, or would be
  /// @param offset of the address from `base`
  /// @param sizeBytes that the file takes in memory
  /// @param linkAddress the address as the file's own tables write it
  record Module(String path, long base, long offset, long sizeBytes, long linkAddress) {}

  /// The function or object that an address lies in.
  ///
  /// @param offset of the address from its start
  /// @param sizeBytes 0 where the file does not say
  record Symbol(String name, long offset, long sizeBytes) {}

  /// A line of source.
  record Line(String file, long number) {}

  Optional<Module> module(int pid, long address);

  Optional<Symbol> symbol(int pid, long address);

  Optional<Line> line(int pid, long address);

  /// The build id of the file that `address` belongs to, in hexadecimal.
  Optional<String> buildId(int pid, long address);

  /// Walks a stack of process `pid`.
  ///
  /// @param registers laid out as the kernel's `struct pt_regs`, a word each
  /// @param stack bytes from the stack pointer upwards
  /// @param most at most so many addresses
  /// @return the address where the walk begins, then the return addresses
  long[] walk(int pid, long[] registers, byte[] stack, int most);

  /// Nothing is known.
  AddressSpaces NONE =
      new AddressSpaces() {
        @Override
        public Optional<Module> module(int pid, long address) {
          return Optional.empty();
        }

        @Override
        public Optional<Symbol> symbol(int pid, long address) {
          return Optional.empty();
        }

        @Override
        public Optional<Line> line(int pid, long address) {
          return Optional.empty();
        }

        @Override
        public Optional<String> buildId(int pid, long address) {
          return Optional.empty();
        }

        @Override
        public long[] walk(int pid, long[] registers, byte[] stack, int most) {
          return new long[] {registers[16]};
        }
      };
}
