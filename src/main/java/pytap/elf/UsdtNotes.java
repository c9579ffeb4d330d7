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

  static List<UsdtNote> read(ElfBytes bytes, Section notes) throws FormatException {
    List<UsdtNote> found = new ArrayList<>();
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
        found.add(note(bytes, description, descriptionBytes));
      }
      at = next;
    }
    return found;
  }

  private static UsdtNote note(ElfBytes bytes, long at, long sizeBytes) throws FormatException {
    if (sizeBytes < 24 + 3) {
      throw bytes.odd(at, "a stapsdt note of " + sizeBytes + " bytes");
    }
    String provider = bytes.text(at + 24);
    String name = bytes.text(at + 24 + provider.length() + 1);
    String spec = bytes.text(at + 24 + provider.length() + 1 + name.length() + 1);
    return new UsdtNote(
        sizeBytes, provider, name, bytes.word(at), bytes.word(at + 8), bytes.word(at + 16), spec);
  }

  /// The probe that `note` tells of, moved as far as the section that marks the base was.
  static UsdtProbe probe(UsdtNote note, Optional<Section> baseSection) {
    long moved =
        note.base() == 0 || baseSection.isEmpty() ? 0 : baseSection.get().address() - note.base();
    return new UsdtProbe(
        note.provider(),
        note.name(),
        note.location() + moved,
        note.semaphore() == 0 ? OptionalLong.empty() : OptionalLong.of(note.semaphore() + moved),
        note.arguments());
  }

  private static long aligned(long sizeBytes) {
    return (sizeBytes + 3) & ~3L;
  }
}
