package pytap.python;

/// A pattern that should be in an interpreter's code is not there, or not for certain. Caught in
/// this room, where it becomes a [pytap.source.TracerException] that names the build.
final class NotEstablished extends Exception {
  private static final long serialVersionUID = 1L;

  /// @param found what was met instead, as a clause
  NotEstablished(String found) {
    super(found);
  }
}
