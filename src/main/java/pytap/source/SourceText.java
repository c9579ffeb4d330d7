package pytap.source;

/// One script or tapset file: the name it is called by in messages, and its text.
///
/// @param name the path as the user wrote it, `<input>` for `-e`, `<stdin>` for `-`
public record SourceText(String name, String text) {

  /// The 1-based line that holds `offset` (characters from the start, up to and including the end).
  public int lineOf(int offset) {
    int line = 1;
    for (int i = 0; i < offset; i++) {
      if (text.charAt(i) == '\n') {
        line++;
      }
    }
    return line;
  }

  /// The 1-based column of `offset` in its line.
  public int columnOf(int offset) {
    return offset - text.lastIndexOf('\n', offset - 1);
  }

  /// The text of the 1-based line `line`, without its newline; empty past the end.
  public String line(int line) {
    int start = 0;
    for (int i = 1; i < line; i++) {
      int newline = text.indexOf('\n', start);
      if (newline < 0) {
        return "";
      }
      start = newline + 1;
    }
    int end = text.indexOf('\n', start);
    return end < 0 ? text.substring(start) : text.substring(start, end);
  }
}
