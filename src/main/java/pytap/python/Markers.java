package pytap.python;

/// The names of the markers that pytap gives now.
final class Markers {
  static final String FUNCTION_ENTRY = "function__entry";
  static final String FUNCTION_RETURN = "function__return";

  private Markers() {}
}
