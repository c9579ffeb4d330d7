package pytap.python;

import java.util.List;

/// The names of CPython's markers (CPython 3.12 Doc/howto/instrumentation.rst).
public final class Markers {
  static final String FUNCTION_ENTRY = "function__entry";
  static final String FUNCTION_RETURN = "function__return";
  static final String LINE = "line";
  static final String GC_START = "gc__start";
  static final String GC_DONE = "gc__done";
  static final String IMPORT_START = "import__find__load__start";
  static final String IMPORT_DONE = "import__find__load__done";
  static final String AUDIT = "audit";

  private static final List<String> ALL =
      List.of(
          FUNCTION_ENTRY,
          FUNCTION_RETURN,
          LINE,
          GC_START,
          GC_DONE,
          IMPORT_START,
          IMPORT_DONE,
          AUDIT);

  private Markers() {}

  /// Whether `name` is one of CPython's markers.
  public static boolean include(String name) {
    return ALL.contains(name);
  }

  /// The names of them all.
  public static List<String> names() {
    return ALL;
  }

  /// Whether some CPython gives `marker` by these means.
  public static boolean areGiven(String marker, Means means) {
    return Mechanism.exists(marker, means);
  }

  static boolean isOfFunctions(String marker) {
    return marker.equals(FUNCTION_ENTRY) || marker.equals(FUNCTION_RETURN);
  }
}
