package pytap.runtime;

/// A regular expression that is none.
public final class RegexSyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int position;

  RegexSyntaxException(String message, int position) {
    super(message, null, false, false);
    this.position = position;
  }

  public String message() {
    return String.valueOf(getMessage());
  }

  /// The byte of the expression at which it was noticed, from 0.
  public int position() {
    return position;
  }
}
