package pytap.probe;

/// Patterns of names.
public final class Glob {
  private Glob() {}

  public static boolean isPattern(String name) {
    return name.indexOf('*') >= 0 || name.indexOf('?') >= 0 || name.indexOf('[') >= 0;
  }

  /// Whether `glob` fits `name` as a whole, as fnmatch(3) has it without flags: `*` stands for any
  /// characters, `?` for one, `[a-z]` for one of these and `[!a-z]` for one of the others.
  public static boolean fits(String glob, String name) {
    int g = 0;
    int n = 0;
    int star = -1;
    int retry = 0;
    while (n < name.length()) {
      if (g < glob.length() && glob.charAt(g) == '*') {
        star = g++;
        retry = n;
        continue;
      }
      int end = g < glob.length() ? endOfOne(glob, g) : g;
      if (end > g && matchesOne(glob, g, end, name.charAt(n))) {
        g = end;
        n++;
      } else if (star >= 0) {
        g = star + 1;
        n = ++retry;
      } else {
        return false;
      }
    }
    while (g < glob.length() && glob.charAt(g) == '*') {
      g++;
    }
    return g == glob.length();
  }

  /// Where what stands for one character ends.
  private static int endOfOne(String glob, int start) {
    if (glob.charAt(start) != '[') {
      return start + 1;
    }
    int first = start + (isNegated(glob, start) ? 2 : 1);
    int close = glob.indexOf(']', first + 1); // a `]` that comes first stands for itself
    return close < 0 ? start + 1 : close + 1;
  }

  private static boolean isNegated(String glob, int start) {
    return glob.startsWith("!", start + 1) || glob.startsWith("^", start + 1);
  }

  private static boolean matchesOne(String glob, int start, int end, char c) {
    if (end == start + 1) {
      return glob.charAt(start) == '?' || glob.charAt(start) == c;
    }
    boolean negated = isNegated(glob, start);
    boolean found = false;
    for (int i = start + (negated ? 2 : 1); i < end - 1; i++) {
      boolean range = i + 2 < end - 1 && glob.charAt(i + 1) == '-';
      char last = glob.charAt(range ? i + 2 : i);
      found |= c >= glob.charAt(i) && c <= last;
      i += range ? 2 : 0;
    }
    return found != negated;
  }
}
