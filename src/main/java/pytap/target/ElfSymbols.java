package pytap.target;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.runtime.AddressSpaces;
import pytap.source.FormatException;

/// The functions of one file by address, from its own symbol table or, where that was stripped,
/// from the separate file of debugging information.
final class ElfSymbols {
  private final long[] starts;
  private final String[] names;

  private ElfSymbols(List<Symbol> symbols) {
    List<Symbol> sorted = new ArrayList<>(symbols);
    sorted.sort(Comparator.comparingLong(Symbol::address));
    List<Symbol> different = new ArrayList<>();
    for (Symbol symbol : sorted) {
      if (different.isEmpty() || different.getLast().address() != symbol.address()) {
        different.add(symbol);
      }
    }
    starts = new long[different.size()];
    names = new String[different.size()];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = different.get(i).address();
      names[i] = different.get(i).name();
    }
  }

  static ElfSymbols of(ElfFile file) throws FormatException {
    Optional<ElfFile> debug =
        file.section(".symtab").isPresent() ? Optional.empty() : DebugFile.of(file);
    List<Symbol> symbols = debug.isPresent() ? debug.get().functionSymbols() : List.of();
    return new ElfSymbols(symbols.isEmpty() ? file.functionSymbols() : symbols);
  }

  /// The last function that starts at or below the link-time `address`. A function reaches to the
  /// next one, as SystemTap counts.
  Optional<AddressSpaces.Symbol> at(long address) {
    int low = 0;
    int high = starts.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (starts[middle] <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) {
      return Optional.empty();
    }
    long size = low < starts.length ? starts[low] - starts[low - 1] : 0;
    return Optional.of(new AddressSpaces.Symbol(names[low - 1], address - starts[low - 1], size));
  }
}
