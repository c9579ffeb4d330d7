package pytap.python;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A CPython version as `sys.version_info` has it.
///
/// @param level the release level; only candidates and finals have settled layouts
/// @param serial the number after `a`, `b` or `rc`; 0 for a final release
public record PythonVersion(int major, int minor, int micro, Level level, int serial)
    implements Comparable<PythonVersion> {
  private static final Pattern TEXT =
      Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?(?:(a|b|c|rc)(\\d+))?\\+?");

  /// Release levels in the order of time.
  public enum Level {
    ALPHA("a"),
    BETA("b"),
    CANDIDATE("rc"),
    FINAL("");

    private final String letters;

    Level(String letters) {
      this.letters = letters;
    }
  }

  /// The final release `major.minor.micro`.
  public static PythonVersion of(int major, int minor, int micro) {
    return new PythonVersion(major, minor, micro, Level.FINAL, 0);
  }

  /// Reads `PY_VERSION_HEX`, which `Py_Version` holds: a byte each for major, minor and micro, then
  /// four bits each for level and serial (CPython 3.11.2 Include/patchlevel.h).
  public static Optional<PythonVersion> ofHex(long hex) {
    Optional<Level> level =
        switch ((int) (hex >>> 4 & 0xf)) {
          case 0xa -> Optional.of(Level.ALPHA);
          case 0xb -> Optional.of(Level.BETA);
          case 0xc -> Optional.of(Level.CANDIDATE);
          case 0xf -> Optional.of(Level.FINAL);
          default -> Optional.empty();
        };
    if (level.isEmpty() || hex >>> 32 != 0) {
      return Optional.empty();
    }
    return Optional.of(
        new PythonVersion(
            (int) (hex >>> 24 & 0xff),
            (int) (hex >>> 16 & 0xff),
            (int) (hex >>> 8 & 0xff),
            level.get(),
            (int) (hex & 0xf)));
  }

  /// Reads `PY_VERSION`: `3.8.18`, `3.9.0rc1`, `2.7.18+`.
  public static Optional<PythonVersion> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches() || text.length() > 16) {
      return Optional.empty();
    }
    Level level =
        switch (Optional.ofNullable(matcher.group(4)).orElse("")) {
          case "a" -> Level.ALPHA;
          case "b" -> Level.BETA;
          case "c", "rc" -> Level.CANDIDATE;
          default -> Level.FINAL;
        };
    return Optional.of(
        new PythonVersion(
            Integer.parseInt(matcher.group(1)),
            Integer.parseInt(matcher.group(2)),
            matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3)),
            level,
            matcher.group(5) == null ? 0 : Integer.parseInt(matcher.group(5))));
  }

  /// Whether this is some release of `major.minor`.
  public boolean is(int major, int minor) {
    return this.major == major && this.minor == minor;
  }

  /// Whether this is `major.minor` or newer.
  public boolean atLeast(int major, int minor) {
    return this.major > major || (this.major == major && this.minor >= minor);
  }

  /// Whether structures can no longer change: not an alpha or beta.
  public boolean settled() {
    return level == Level.CANDIDATE || level == Level.FINAL;
  }

  @Override
  public int compareTo(PythonVersion other) {
    int order = Integer.compare(major, other.major);
    order = order != 0 ? order : Integer.compare(minor, other.minor);
    order = order != 0 ? order : Integer.compare(micro, other.micro);
    order = order != 0 ? order : level.compareTo(other.level);
    return order != 0 ? order : Integer.compare(serial, other.serial);
  }

  /// As CPython writes it: `3.11.2`, `3.12.0rc1`.
  @Override
  public String toString() {
    String number = major + "." + minor + "." + micro;
    return level == Level.FINAL ? number : number + level.letters + serial;
  }
}
