package pytap.elf;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.source.FormatException;

/// The dynamic relocations (`DT_RELA`, `DT_JMPREL`, `DT_RELR`), found by the address they change.
final class Relocations {
  private static final int ENTRY_BYTES = 24;
  private static final int R_64 = 1;
  private static final int GLOB_DAT = 6;
  private static final int JUMP_SLOT = 7;
  private static final int RELATIVE = 8;
  private static final int IRELATIVE = 37;

  private final ElfBytes bytes;
  private final SymbolTable symbols;

  /// Sorted by the address that is changed; `entries[i]` is the entry's file offset, or -1 where
  /// RELR names the address and the addend stands in the file.
  private final long[] addresses;

  private final long[] entries;

  Relocations(ElfBytes bytes, DynamicSection dynamic, SymbolTable symbols) throws FormatException {
    this.bytes = bytes;
    this.symbols = symbols;
    Collector found = new Collector();
    collect(found, dynamic, DynamicSection.RELA, DynamicSection.RELASZ);
    collect(found, dynamic, DynamicSection.JMPREL, DynamicSection.PLTRELSZ);
    collectPacked(found, dynamic);
    addresses = new long[found.count];
    entries = new long[found.count];
    found.sortInto(addresses, entries);
  }

  /// The symbol whose address the dynamic linker puts at `slot`.
  Optional<String> symbolAt(long slot) throws FormatException {
    int at = Arrays.binarySearch(addresses, slot);
    if (at < 0 || entries[at] < 0) {
      return Optional.empty();
    }
    long info = bytes.word(entries[at] + 8);
    return switch ((int) info) {
      case R_64, GLOB_DAT, JUMP_SLOT -> Optional.of(symbols.dynamicName(info >>> 32));
      default -> Optional.empty();
    };
  }

  /// The link-time address that the dynamic linker puts at `slot`, where a relocation says so and
  /// the address is in this file.
  OptionalLong addressAt(long slot, long addendInFile) throws FormatException {
    int at = Arrays.binarySearch(addresses, slot);
    if (at < 0) {
      return OptionalLong.empty();
    }
    if (entries[at] < 0) {
      return OptionalLong.of(addendInFile);
    }
    long info = bytes.word(entries[at] + 8);
    long addend = bytes.word(entries[at] + 16);
    return switch ((int) info) {
      case RELATIVE, IRELATIVE -> OptionalLong.of(addend);
      case R_64, GLOB_DAT, JUMP_SLOT -> {
        long value = symbols.dynamicValue(info >>> 32);
        yield value == 0 ? OptionalLong.empty() : OptionalLong.of(value + addend);
      }
      default -> OptionalLong.empty();
    };
  }

  private void collect(Collector found, DynamicSection dynamic, int tableTag, int sizeTag)
      throws FormatException {
    OptionalLong table = dynamic.table(tableTag);
    long size = dynamic.value(sizeTag).orElse(0);
    for (long at = 0; table.isPresent() && at + ENTRY_BYTES <= size; at += ENTRY_BYTES) {
      long entry = table.getAsLong() + at;
      found.add(bytes.word(entry), entry);
    }
  }

  /// `DT_RELR`: an address, then bitmaps of the 63 words that follow the last address.
  private void collectPacked(Collector found, DynamicSection dynamic) throws FormatException {
    OptionalLong table = dynamic.table(DynamicSection.RELR);
    long size = dynamic.value(DynamicSection.RELRSZ).orElse(0);
    long next = 0;
    for (long at = 0; table.isPresent() && at + 8 <= size; at += 8) {
      long entry = bytes.word(table.getAsLong() + at);
      if ((entry & 1) == 0) {
        found.add(entry, -1);
        next = entry + 8;
      } else {
        for (int bit = 1; bit < 64; bit++) {
          if ((entry >>> bit & 1) != 0) {
            found.add(next + (bit - 1) * 8L, -1);
          }
        }
        next += 63 * 8;
      }
    }
  }

  /// Pairs of longs that grow, and are sorted without boxing.
  private static final class Collector {
    private long[] addresses = new long[1024];
    private long[] entries = new long[1024];
    private int count;

    void add(long address, long entry) {
      if (count == addresses.length) {
        addresses = Arrays.copyOf(addresses, count * 2);
        entries = Arrays.copyOf(entries, count * 2);
      }
      addresses[count] = address;
      entries[count++] = entry;
    }

    void sortInto(long[] sortedAddresses, long[] sortedEntries) {
      boolean sorted = true;
      for (int i = 1; i < count && sorted; i++) {
        sorted = addresses[i - 1] <= addresses[i];
      }
      if (sorted) {
        System.arraycopy(addresses, 0, sortedAddresses, 0, count);
        System.arraycopy(entries, 0, sortedEntries, 0, count);
        return;
      }
      Integer[] order = new Integer[count];
      Arrays.setAll(order, i -> i);
      Arrays.sort(order, (a, b) -> Long.compareUnsigned(addresses[a], addresses[b]));
      for (int i = 0; i < count; i++) {
        sortedAddresses[i] = addresses[order[i]];
        sortedEntries[i] = entries[order[i]];
      }
    }
  }
}
