package pytap.python;

import java.util.List;
import java.util.Optional;

/// How a marker is got from a build.
enum Mechanism {
  /// The static probe of that name.
  STATIC_PROBE,
  /// Entry and exit of the eval function, one execution of which is one frame.
  EVAL_FUNCTION,
  /// The handlers of the bytecodes with which frames begin and end.
  BYTECODE_HANDLERS;

  /// Whether the build carries the marker's static probe.
  enum Carries {
    PROBE,
    NO_PROBE,
    EITHER
  }

  /// One row: `minor` versions of major version 3 from `first` to `last` inclusive, or 2.7.
  private record Row(
      String marker, PythonVersion first, PythonVersion last, Carries carries, Mechanism give) {
    boolean covers(String marker, PythonVersion version, boolean probe) {
      boolean range =
          version.atLeast(first.major(), first.minor())
              && !version.atLeast(last.major(), last.minor() + 1);
      boolean carried =
          switch (carries) {
            case PROBE -> probe;
            case NO_PROBE -> !probe;
            case EITHER -> true;
          };
      return this.marker.equals(marker) && range && carried;
    }
  }

  /// 3.11 kept the probe of function entry but no longer reaches it (gh-98894); 3.12 dropped both.
  private static final List<Row> TABLE =
      List.of(
          row(Markers.FUNCTION_ENTRY, "2.7", "2.7", Carries.EITHER, EVAL_FUNCTION),
          row(Markers.FUNCTION_RETURN, "2.7", "2.7", Carries.EITHER, EVAL_FUNCTION),
          row(Markers.FUNCTION_ENTRY, "3.6", "3.10", Carries.PROBE, STATIC_PROBE),
          row(Markers.FUNCTION_RETURN, "3.6", "3.10", Carries.PROBE, STATIC_PROBE),
          row(Markers.FUNCTION_ENTRY, "3.6", "3.10", Carries.NO_PROBE, EVAL_FUNCTION),
          row(Markers.FUNCTION_RETURN, "3.6", "3.10", Carries.NO_PROBE, EVAL_FUNCTION),
          row(Markers.FUNCTION_ENTRY, "3.11", "3.11", Carries.EITHER, BYTECODE_HANDLERS),
          row(Markers.FUNCTION_RETURN, "3.11", "3.11", Carries.PROBE, STATIC_PROBE),
          row(Markers.FUNCTION_RETURN, "3.11", "3.11", Carries.NO_PROBE, BYTECODE_HANDLERS),
          row(Markers.FUNCTION_ENTRY, "3.12", "3.15", Carries.EITHER, BYTECODE_HANDLERS),
          row(Markers.FUNCTION_RETURN, "3.12", "3.15", Carries.EITHER, BYTECODE_HANDLERS));

  /// The mechanism for `marker`; empty when there is none.
  static Optional<Mechanism> of(String marker, PythonVersion version, boolean probe) {
    return TABLE.stream()
        .filter(row -> row.covers(marker, version, probe))
        .map(Row::give)
        .findFirst();
  }

  private static Row row(
      String marker, String first, String last, Carries carries, Mechanism give) {
    return new Row(
        marker,
        PythonVersion.parse(first).orElseThrow(),
        PythonVersion.parse(last).orElseThrow(),
        carries,
        give);
  }
}
