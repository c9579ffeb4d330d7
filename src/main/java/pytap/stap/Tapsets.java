package pytap.stap;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.source.SourceText;

/// The tapset library that pytap ships: script text that defines what scripts name and pytap does
/// not do natively. A file is read when a name that it defines is looked up, not before.
public final class Tapsets {
  /// One shipped file, and what it defines (a test holds the two together).
  ///
  /// @param functions names of its functions
  /// @param aliases names of its probe aliases
  record Entry(String file, List<String> functions, List<String> aliases) {}

  static final List<Entry> INDEX =
      List.of(
          new Entry(
              "python.stp", List.of(), List.of("python.function.entry", "python.function.return")),
          new Entry(
              "ansi.stp",
              List.of(
                  "ansi_clear_screen",
                  "ansi_set_color",
                  "ansi_set_color2",
                  "ansi_set_color3",
                  "ansi_reset_color",
                  "ansi_new_line",
                  "ansi_cursor_move",
                  "ansi_cursor_hide",
                  "ansi_cursor_save",
                  "ansi_cursor_restore",
                  "ansi_cursor_show"),
              List.of()),
          new Entry("assert.stp", List.of("assert"), List.of()));

  private Tapsets() {}

  /// Every file we ship, read.
  public static List<SourceText> own() {
    List<SourceText> files = new ArrayList<>();
    for (Entry entry : INDEX) {
      files.add(read(entry.file()));
    }
    return files;
  }

  /// The shipped file that defines the function `name`.
  static Optional<Entry> definingFunction(String name) {
    for (Entry entry : INDEX) {
      if (entry.functions().contains(name)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  static SourceText read(String file) {
    try (InputStream in = Tapsets.class.getResourceAsStream("/pytap/tapset/".concat(file))) {
      if (in == null) {
        throw new IllegalStateException("tapset " + file + " is not in the jar");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      return new SourceText("tapset/".concat(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException("tapset " + file, e);
    }
  }
}
