package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import pytap.probe.Occasion;

/// CPython's documented markers (CPython 3.12 Doc/howto/instrumentation.rst): their names and how
/// many arguments they have; the function markers have one more here, the address of the frame.
final class PythonMarkers {
  private record Known(String name, int arguments) {}

  private static final List<Known> ALL =
      List.of(
          new Known("audit", 2),
          new Known("function__entry", 4),
          new Known("function__return", 4),
          new Known("gc__done", 1),
          new Known("gc__start", 1),
          new Known("import__find__load__done", 2),
          new Known("import__find__load__start", 1),
          new Known("line", 3));

  private PythonMarkers() {}

  /// How many arguments `marker` has; empty for one that is not CPython's.
  static OptionalInt arguments(Occasion.Marker marker) {
    if (!marker.provider().orElse("python").equals("python")) {
      return OptionalInt.empty();
    }
    for (Known known : ALL) {
      if (known.name().equals(marker.marker())) {
        return OptionalInt.of(known.arguments());
      }
    }
    return OptionalInt.empty();
  }

  static boolean isPattern(String name) {
    return name.indexOf('*') >= 0 || name.indexOf('?') >= 0;
  }

  /// The names that `pattern` fits.
  static List<String> fitting(String pattern) {
    List<String> names = new ArrayList<>();
    for (Known known : ALL) {
      if (PointNames.matchesGlob(pattern, known.name())) {
        names.add(known.name());
      }
    }
    return names;
  }
}
