package pytap.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.source.FormatException;

/// The names of source files in the header of one unit of `.debug_line`: DWARF 5, 6.2.4, and for
/// versions up to 4 the same section there.
final class LineFiles {
  private static final int PATH = 1;
  private static final int DIRECTORY_INDEX = 2;

  private final Optional<DebugBytes> texts;
  private final Optional<DebugBytes> lineTexts;
  private final int offsetBytes;
  private final List<SourceLines.Source> files = new ArrayList<>();

  /// @param texts `.debug_str`
  /// @param lineTexts `.debug_line_str`
  /// @param offsetBytes how wide an offset into these is
  LineFiles(Optional<DebugBytes> texts, Optional<DebugBytes> lineTexts, int offsetBytes) {
    this.texts = texts;
    this.lineTexts = lineTexts;
    this.offsetBytes = offsetBytes;
  }

  /// By the numbers that the line program has for them.
  List<SourceLines.Source> read(DebugBytes in, int version) throws FormatException {
    if (version >= 5) {
      List<Entry> directories = entries(in);
      for (Entry file : entries(in)) {
        add(file.path(), file.directory(), directories);
      }
    } else {
      readOld(in);
    }
    return files;
  }

  private record Entry(String path, long directory) {}

  private void readOld(DebugBytes in) throws FormatException {
    List<Entry> directories = new ArrayList<>(List.of(new Entry("", 0)));
    for (String name = in.text(); !name.isEmpty(); name = in.text()) {
      directories.add(new Entry(name, 0));
    }
    files.add(new SourceLines.Source("", true));
    for (String name = in.text(); !name.isEmpty(); name = in.text()) {
      add(name, in.unsignedLeb128(), directories);
      in.unsignedLeb128(); // when it was changed
      in.unsignedLeb128(); // how long it is
    }
  }

  private void add(String path, long directory, List<Entry> directories) throws FormatException {
    if (path.startsWith("/")) {
      files.add(new SourceLines.Source(path, false));
      return;
    }
    if (directory < 0 || directory >= directories.size()) {
      throw new FormatException("the line table", 0, "no directory " + directory + " of " + path);
    }
    String parent = directories.get((int) directory).path();
    files.add(
        parent.isEmpty()
            ? new SourceLines.Source(path, true)
            : new SourceLines.Source(parent + "/" + path, false));
  }

  private List<Entry> entries(DebugBytes in) throws FormatException {
    int formats = in.uint8();
    long[] contents = new long[formats];
    int[] forms = new int[formats];
    for (int i = 0; i < formats; i++) {
      contents[i] = in.unsignedLeb128();
      forms[i] = (int) in.unsignedLeb128();
    }
    long count = in.unsignedLeb128();
    List<Entry> entries = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      String path = "";
      long directory = 0;
      for (int j = 0; j < formats; j++) {
        if (contents[j] == PATH) {
          path = text(in, forms[j]);
        } else if (contents[j] == DIRECTORY_INDEX) {
          directory = number(in, forms[j]);
        } else {
          skip(in, forms[j]);
        }
      }
      entries.add(new Entry(path, directory));
    }
    return entries;
  }

  /// `DW_FORM_string`, `_strp` and `_line_strp` (DWARF 5, 7.5.6).
  private String text(DebugBytes in, int form) throws FormatException {
    return switch (form) {
      case 0x08 -> in.text();
      case 0x0e -> at(in, texts);
      case 0x1f -> at(in, lineTexts);
      default -> throw in.odd("a name in the form 0x" + Integer.toHexString(form));
    };
  }

  private String at(DebugBytes in, Optional<DebugBytes> section) throws FormatException {
    long offset = in.unsigned(offsetBytes);
    if (section.isEmpty()) {
      throw in.odd("a name in a section that is not there");
    }
    return section.get().textAt(offset);
  }

  /// `DW_FORM_data1`, `_data2` and `_udata`.
  private static long number(DebugBytes in, int form) throws FormatException {
    return switch (form) {
      case 0x0b -> in.unsigned(1);
      case 0x05 -> in.unsigned(2);
      case 0x0f -> in.unsignedLeb128();
      default -> throw in.odd("a directory in the form 0x" + Integer.toHexString(form));
    };
  }

  /// Times, lengths and check sums: `DW_FORM_data4`, `_data8`, `_data16` and `_block` as well.
  private void skip(DebugBytes in, int form) throws FormatException {
    switch (form) {
      case 0x06 -> in.skip(4);
      case 0x07 -> in.skip(8);
      case 0x1e -> in.skip(16);
      case 0x09 -> in.skip(in.unsignedLeb128());
      case 0x08, 0x0e, 0x1f -> text(in, form);
      default -> number(in, form);
    }
  }
}
