package pytap.elf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.source.FormatException;

/// Looks symbols up by name without making a string of every name: `.dynsym` through the GNU or the
/// System V hash table, `.symtab` by comparing bytes.
final class SymbolTable {
  private static final int ENTRY_BYTES = 24;
  private static final int FUNCTION = 2;
  private static final int INDIRECT_FUNCTION = 10;

  private final ElfBytes bytes;
  private final DynamicSection dynamic;
  private final Optional<Section> symtab;
  private final Optional<Section> symtabNames;

  SymbolTable(
      ElfBytes bytes,
      DynamicSection dynamic,
      Optional<Section> symtab,
      Optional<Section> symtabNames) {
    this.bytes = bytes;
    this.dynamic = dynamic;
    this.symtab = symtab;
    this.symtabNames = symtabNames;
  }

  Optional<Symbol> exported(String name) throws FormatException {
    OptionalLong symbols = dynamic.table(DynamicSection.SYMTAB);
    OptionalLong strings = dynamic.table(DynamicSection.STRTAB);
    if (symbols.isEmpty() || strings.isEmpty()) {
      return Optional.empty();
    }
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    OptionalLong gnuHash = dynamic.table(DynamicSection.GNU_HASH);
    OptionalLong sysvHash = dynamic.table(DynamicSection.HASH);
    long index =
        gnuHash.isPresent()
            ? byGnuHash(gnuHash.getAsLong(), symbols.getAsLong(), strings.getAsLong(), wanted)
            : sysvHash.isPresent()
                ? bySysvHash(sysvHash.getAsLong(), symbols.getAsLong(), strings.getAsLong(), wanted)
                : -1;
    return index < 0 ? Optional.empty() : defined(symbols.getAsLong(), index, name);
  }

  Optional<Symbol> any(String name) throws FormatException {
    Optional<Symbol> exported = exported(name);
    if (exported.isPresent() || symtab.isEmpty() || symtabNames.isEmpty()) {
      return exported;
    }
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    long table = symtab.get().fileOffset();
    long count = symtab.get().sizeBytes() / ENTRY_BYTES;
    long strings = symtabNames.get().fileOffset();
    for (long i = 1; i < count; i++) {
      if (bytes.textEquals(strings + bytes.uint32(table + i * ENTRY_BYTES), wanted)) {
        Optional<Symbol> found = defined(table, i, name);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /// The functions in `.symtab`, or, where the file was stripped, in `.dynsym`.
  List<Symbol> functions() throws FormatException {
    List<Symbol> found = new ArrayList<>();
    if (symtab.isPresent() && symtabNames.isPresent()) {
      long count = symtab.get().sizeBytes() / ENTRY_BYTES;
      addFunctions(symtab.get().fileOffset(), symtabNames.get().fileOffset(), count, found);
      return found;
    }
    return exportedFunctions();
  }

  List<Symbol> exportedFunctions() throws FormatException {
    List<Symbol> found = new ArrayList<>();
    OptionalLong symbols = dynamic.table(DynamicSection.SYMTAB);
    OptionalLong strings = dynamic.table(DynamicSection.STRTAB);
    if (symbols.isPresent() && strings.isPresent()) {
      // The string table follows the symbols, as every linker lays them out.
      long count = (strings.getAsLong() - symbols.getAsLong()) / ENTRY_BYTES;
      addFunctions(symbols.getAsLong(), strings.getAsLong(), count, found);
    }
    return found;
  }

  private void addFunctions(long table, long strings, long count, List<Symbol> found)
      throws FormatException {
    for (long i = 1; i < count; i++) {
      long entry = table + i * ENTRY_BYTES;
      int type = bytes.uint8(entry + 4) & 0xf;
      if ((type == FUNCTION || type == INDIRECT_FUNCTION) && bytes.uint16(entry + 6) != 0) {
        String name = bytes.text(strings + bytes.uint32(entry));
        found.add(new Symbol(name, bytes.word(entry + 8), bytes.word(entry + 16), type));
      }
    }
  }

  /// The name of entry `index` of `.dynsym`, whether the file defines it or imports it.
  String dynamicName(long index) throws FormatException {
    long table = dynamic.table(DynamicSection.SYMTAB).orElseThrow();
    long strings = dynamic.table(DynamicSection.STRTAB).orElseThrow();
    return bytes.text(strings + bytes.uint32(table + index * ENTRY_BYTES));
  }

  /// The value of entry `index` of `.dynsym`; 0 where it is imported.
  long dynamicValue(long index) throws FormatException {
    return bytes.word(dynamic.table(DynamicSection.SYMTAB).orElseThrow() + index * ENTRY_BYTES + 8);
  }

  private Optional<Symbol> defined(long table, long index, String name) throws FormatException {
    long entry = table + index * ENTRY_BYTES;
    if (bytes.uint16(entry + 6) == 0) {
      return Optional.empty();
    }
    int type = bytes.uint8(entry + 4) & 0xf;
    return Optional.of(new Symbol(name, bytes.word(entry + 8), bytes.word(entry + 16), type));
  }

  private long byGnuHash(long hash, long symbols, long strings, byte[] name)
      throws FormatException {
    long buckets = bytes.uint32(hash);
    long firstIndex = bytes.uint32(hash + 4);
    long bloomWords = bytes.uint32(hash + 8);
    if (buckets == 0) {
      return -1;
    }
    int wanted = 5381;
    for (byte b : name) {
      wanted = wanted * 33 + (b & 0xff);
    }
    long bucketTable = hash + 16 + bloomWords * 8;
    long index = bytes.uint32(bucketTable + 4L * Integer.remainderUnsigned(wanted, (int) buckets));
    if (index < firstIndex) {
      return -1;
    }
    for (long chain = bucketTable + buckets * 4; ; index++) {
      int found = bytes.int32(chain + (index - firstIndex) * 4);
      if ((found | 1) == (wanted | 1)
          && bytes.textEquals(strings + bytes.uint32(symbols + index * ENTRY_BYTES), name)) {
        return index;
      }
      if ((found & 1) != 0) {
        return -1;
      }
    }
  }

  private long bySysvHash(long hash, long symbols, long strings, byte[] name)
      throws FormatException {
    long buckets = bytes.uint32(hash);
    long entries = bytes.uint32(hash + 4);
    int wanted = 0;
    for (byte b : name) {
      wanted = (wanted << 4) + (b & 0xff);
      int high = wanted & 0xf0000000;
      wanted = (wanted ^ (high >>> 24)) & ~high;
    }
    if (buckets == 0) {
      return -1;
    }
    long index = bytes.uint32(hash + 8 + 4L * Integer.remainderUnsigned(wanted, (int) buckets));
    for (long seen = 0; index != 0 && seen <= entries; seen++) {
      if (bytes.textEquals(strings + bytes.uint32(symbols + index * ENTRY_BYTES), name)) {
        return index;
      }
      index = bytes.uint32(hash + 8 + 4 * (buckets + index));
    }
    return -1;
  }
}
