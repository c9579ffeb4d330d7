package pytap.runtime;

/// Operations on numbers that can fail.
public final class Arithmetic {
  private Arithmetic() {}

  /// `left / right`, towards zero; MIN / -1 is MIN.
  public static long divide(long left, long right, Site site) {
    if (right == 0) {
      throw ScriptError.at(site, "division by 0");
    }
    return left / right;
  }

  /// `left % right`, with the sign of `left`.
  public static long modulo(long left, long right, Site site) {
    if (right == 0) {
      throw ScriptError.at(site, "division by 0");
    }
    return left % right;
  }
}
