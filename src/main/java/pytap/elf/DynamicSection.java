package pytap.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.source.FormatException;

/// The `PT_DYNAMIC` entries of a file; empty for a static executable.
final class DynamicSection {
  static final int NEEDED = 1;
  static final int PLTRELSZ = 2;
  static final int HASH = 4;
  static final int STRTAB = 5;
  static final int SYMTAB = 6;
  static final int RELA = 7;
  static final int RELASZ = 8;
  static final int SONAME = 14;
  static final int RPATH = 15;
  static final int JMPREL = 23;
  static final int RUNPATH = 29;
  static final int RELRSZ = 35;
  static final int RELR = 36;
  static final int GNU_HASH = 0x6ffffef5;

  private final long[] tags;
  private final long[] values;
  private final ElfFile file;

  DynamicSection(ElfFile file, ElfBytes bytes) throws FormatException {
    this.file = file;
    List<long[]> entries = new ArrayList<>();
    for (Segment segment : file.segments()) {
      if (segment.type() == Segment.DYNAMIC) {
        for (long at = 0; at + 16 <= segment.fileSize(); at += 16) {
          long tag = bytes.word(segment.fileOffset() + at);
          if (tag == 0) {
            break;
          }
          entries.add(new long[] {tag, bytes.word(segment.fileOffset() + at + 8)});
        }
      }
    }
    tags = new long[entries.size()];
    values = new long[entries.size()];
    for (int i = 0; i < tags.length; i++) {
      tags[i] = entries.get(i)[0];
      values[i] = entries.get(i)[1];
    }
  }

  OptionalLong value(int tag) {
    for (int i = 0; i < tags.length; i++) {
      if (tags[i] == tag) {
        return OptionalLong.of(values[i]);
      }
    }
    return OptionalLong.empty();
  }

  /// The file offset of the table whose address `tag` gives.
  OptionalLong table(int tag) throws FormatException {
    OptionalLong address = value(tag);
    return address.isEmpty()
        ? address
        : OptionalLong.of(file.requireFileOffset(address.getAsLong()));
  }

  /// The strings that the entries of `tag` name, in order.
  List<String> texts(int tag, ElfBytes bytes) throws FormatException {
    OptionalLong strings = table(STRTAB);
    List<String> found = new ArrayList<>();
    for (int i = 0; i < tags.length && strings.isPresent(); i++) {
      if (tags[i] == tag) {
        found.add(bytes.text(strings.getAsLong() + values[i]));
      }
    }
    return found;
  }

  Optional<String> text(int tag, ElfBytes bytes) throws FormatException {
    return texts(tag, bytes).stream().findFirst();
  }
}
