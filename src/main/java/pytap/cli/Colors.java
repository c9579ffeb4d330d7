package pytap.cli;

/// Paints messages as stap does with its usual SYSTEMTAP_COLORS.
final class Colors {
  private static final String ERROR = "\033[01;31m";
  private static final String WARNING = "\033[00;33m";
  private static final String SOURCE = "\033[00;34m";
  private static final String CARET = "\033[01m";
  private static final String PLAIN = "\033[m\033[K";
  private static final String SOURCE_LABEL = "source: ";

  private Colors() {}

  /// `text` with the first words of errors and warnings, lines of source and carets painted.
  static String paint(String text) {
    StringBuilder out = new StringBuilder(text.length() + 64);
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      line(text.substring(start, end), out);
      if (end < text.length()) {
        out.append('\n');
      }
      start = end + 1;
    }
    return out.toString();
  }

  private static void line(String line, StringBuilder out) {
    for (String first : new String[] {"semantic error:", "parse error:", "ERROR:"}) {
      if (line.startsWith(first)) {
        out.append(ERROR).append(first).append(PLAIN).append(line.substring(first.length()));
        return;
      }
    }
    int label = line.indexOf(SOURCE_LABEL);
    if (line.startsWith("WARNING:")) {
      out.append(WARNING).append("WARNING:").append(PLAIN).append(line.substring(8));
    } else if (label >= 0 && line.substring(0, label).isBlank()) {
      int at = label + SOURCE_LABEL.length();
      out.append(line, 0, at).append(SOURCE).append(line.substring(at)).append(PLAIN);
    } else if (line.strip().equals("^")) {
      out.append(line, 0, line.length() - 1).append(CARET).append('^').append(PLAIN);
    } else {
      out.append(line);
    }
  }
}
