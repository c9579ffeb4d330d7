package pytap.ir;

/// Strings as script literals, for listings.
public final class QuotedText {
  private QuotedText() {}

  /// Appends `bytes` in quotes, what is not printable ASCII as octal escapes.
  public static void append(StringBuilder out, String bytes) {
    out.append('"');
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            out.append(c);
          } else {
            out.append('\\').append((char) ('0' + (c >> 6 & 7)));
            out.append((char) ('0' + (c >> 3 & 7))).append((char) ('0' + (c & 7)));
          }
        }
      }
    }
    out.append('"');
  }
}
