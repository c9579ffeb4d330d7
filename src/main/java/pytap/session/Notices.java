package pytap.session;

/// Where a session says what is not output of the script.
public interface Notices {

  /// A line for standard error.
  void say(String line);

  /// A line for standard error, with `-v` given at least `level` times.
  void detail(int level, String line);
}
