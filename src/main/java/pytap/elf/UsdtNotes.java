package pytap.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.source.FormatException;

/// Reads `.note.stapsdt` (the note layout that `sys/sdt.h` documents: three addresses, then
/// provider, name and arguments as NUL-terminated texts).
final class UsdtNotes {
  private static final String OWNER = "stapsdt";
  private static final int TYPE = 3;

  private UsdtNotes() {}

  static List<UsdtProbe> read(ElfBytes bytes, Section notes, Optional<Section> baseSection)
      throws FormatException {
    List<UsdtProbe> probes = new ArrayList<>();
    long end = notes.fileOffset() + notes.sizeBytes();
    for (long at = notes.fileOffset(); at + 12 <= end; ) {
      long nameBytes = bytes.uint32(at);
      long descriptionBytes = bytes.uint32(at + 4);
      long name = at + 12;
      long description = name + aligned(nameBytes);
      long next = description + aligned(descriptionBytes);
      if (next > end + 3 || next <= at) {
        throw bytes.odd(at, "a note that runs past the end of " + notes.name());
      }
      if (bytes.uint32(at + 8) == TYPE && bytes.text(name).equals(OWNER)) {
        probes.add(probe(bytes, description, descriptionBytes, baseSection));
      }
      at = next;
    }
    return probes;
  }

  private static UsdtProbe probe(
      ElfBytes bytes, long at, long sizeBytes, Optional<Section> baseSection)
      throws FormatException {
    if (sizeBytes < 24 + 3) {
      throw bytes.odd(at, "a stapsdt note of " + sizeBytes + " bytes");
    }
    long base = bytes.word(at + 8);
    long moved = base == 0 || baseSection.isEmpty() ? 0 : baseSection.get().address() - base;
    long semaphore = bytes.word(at + 16);
    String provider = bytes.text(at + 24);
    String name = bytes.text(at + 24 + provider.length() + 1);
    String spec = bytes.text(at + 24 + provider.length() + 1 + name.length() + 1);
    return new UsdtProbe(
        provider,
        name,
        bytes.word(at) + moved,
        semaphore == 0 ? OptionalLong.empty() : OptionalLong.of(semaphore + moved),
        spec);
  }

  private static long aligned(long sizeBytes) {
    return (sizeBytes + 3) & ~3L;
  }
}
