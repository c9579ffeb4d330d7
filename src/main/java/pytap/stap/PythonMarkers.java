package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.probe.Glob;
import pytap.probe.Occasion;

/// CPython's documented markers (CPython 3.12 Doc/howto/instrumentation.rst): their names and how
/// many arguments they have; the function markers have one more here, the address of the frame.
final class PythonMarkers {
  private record Known(String name, int arguments) {}

  static final String PROVIDER = "python";

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
    if (!marker.provider().orElse(PROVIDER).equals(PROVIDER)) {
      return OptionalInt.empty();
    }
    for (Known known : ALL) {
      if (known.name().equals(marker.marker())) {
        return OptionalInt.of(known.arguments());
      }
    }
    return OptionalInt.empty();
  }

  /// Whether `marker`, whose name is a pattern, means those of CPython: what it names is called so,
  /// or it names nothing, which stands for the Python that the target runs.
  static boolean areMeant(Occasion.Marker marker) {
    if (marker.provider().isPresent() && !Glob.isPattern(marker.provider().get())) {
      return marker.provider().get().equals(PROVIDER);
    }
    Optional<String> file = marker.library().or(marker::process);
    return file.isEmpty() || file.get().contains(PROVIDER);
  }

  /// The names that `pattern` fits.
  static List<String> fitting(String pattern) {
    List<String> names = new ArrayList<>();
    for (Known known : ALL) {
      if (Glob.fits(pattern, known.name())) {
        names.add(known.name());
      }
    }
    return names;
  }
}
