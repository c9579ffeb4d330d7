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
  BYTECODE_HANDLERS,
  /// A function in the runtime's list of audit hooks.
  AUDIT_HOOKS,
  /// A trace function written in C in every thread's state.
  TRACE_FUNCTIONS,
  /// A tool of `sys.monitoring`.
  MONITORING,
  /// The collecting function, where it may print its statistics.
  COLLECTOR,
  /// The call of importlib in the C code of `import`.
  IMPORTER;

  /// When a row holds. A static probe is of use to the kernel engine alone: its instruction is
  /// other tracers', too, so jumps keep away from it.
  enum When {
    /// By the kernel, where the build carries the marker's static probe.
    PROBE,
    /// By the kernel where the build carries none, and by jumps.
    NO_PROBE,
    /// By what the interpreter calls in its own process.
    IN_PROCESS,
    ALWAYS;

    private boolean holds(Means means, boolean probe) {
      boolean usable = probe && means == Means.KERNEL;
      return switch (this) {
        case PROBE -> usable;
        case NO_PROBE -> !usable;
        case IN_PROCESS -> means == Means.IN_PROCESS;
        case ALWAYS -> true;
      };
    }
  }

  /// One row: `minor` versions of major version 3 from `first` to `last` inclusive, or 2.7.
  private record Row(
      String marker, PythonVersion first, PythonVersion last, When when, Mechanism give) {
    boolean covers(String marker, PythonVersion version) {
      return this.marker.equals(marker)
          && version.atLeast(first.major(), first.minor())
          && !version.atLeast(last.major(), last.minor() + 1);
    }
  }

  /// 3.11 kept the probe of function entry but no longer reaches it (gh-98894); 3.12 dropped both.
  private static final List<Row> TABLE =
      List.of(
          row(Markers.FUNCTION_ENTRY, "2.7", "2.7", When.ALWAYS, EVAL_FUNCTION),
          row(Markers.FUNCTION_RETURN, "2.7", "2.7", When.ALWAYS, EVAL_FUNCTION),
          row(Markers.FUNCTION_ENTRY, "3.6", "3.10", When.PROBE, STATIC_PROBE),
          row(Markers.FUNCTION_RETURN, "3.6", "3.10", When.PROBE, STATIC_PROBE),
          row(Markers.FUNCTION_ENTRY, "3.6", "3.10", When.NO_PROBE, EVAL_FUNCTION),
          row(Markers.FUNCTION_RETURN, "3.6", "3.10", When.NO_PROBE, EVAL_FUNCTION),
          row(Markers.FUNCTION_ENTRY, "3.11", "3.11", When.ALWAYS, BYTECODE_HANDLERS),
          row(Markers.FUNCTION_RETURN, "3.11", "3.11", When.PROBE, STATIC_PROBE),
          row(Markers.FUNCTION_RETURN, "3.11", "3.11", When.NO_PROBE, BYTECODE_HANDLERS),
          row(Markers.FUNCTION_ENTRY, "3.12", "3.15", When.ALWAYS, BYTECODE_HANDLERS),
          row(Markers.FUNCTION_RETURN, "3.12", "3.15", When.ALWAYS, BYTECODE_HANDLERS),
          row(Markers.LINE, "3.6", "3.11", When.PROBE, STATIC_PROBE),
          row(Markers.LINE, "2.7", "2.7", When.IN_PROCESS, TRACE_FUNCTIONS),
          row(Markers.LINE, "3.6", "3.11", When.IN_PROCESS, TRACE_FUNCTIONS),
          row(Markers.LINE, "3.12", "3.15", When.IN_PROCESS, MONITORING),
          row(Markers.GC_START, "2.7", "2.7", When.ALWAYS, COLLECTOR),
          row(Markers.GC_START, "3.6", "3.15", When.PROBE, STATIC_PROBE),
          row(Markers.GC_START, "3.6", "3.15", When.NO_PROBE, COLLECTOR),
          row(Markers.GC_DONE, "2.7", "2.7", When.ALWAYS, COLLECTOR),
          row(Markers.GC_DONE, "3.6", "3.15", When.PROBE, STATIC_PROBE),
          row(Markers.GC_DONE, "3.6", "3.15", When.NO_PROBE, COLLECTOR),
          row(Markers.IMPORT_START, "3.6", "3.15", When.PROBE, STATIC_PROBE),
          row(Markers.IMPORT_START, "3.6", "3.15", When.NO_PROBE, IMPORTER),
          row(Markers.IMPORT_DONE, "3.6", "3.15", When.PROBE, STATIC_PROBE),
          row(Markers.IMPORT_DONE, "3.6", "3.15", When.NO_PROBE, IMPORTER),
          row(Markers.AUDIT, "3.8", "3.15", When.PROBE, STATIC_PROBE),
          row(Markers.AUDIT, "3.8", "3.15", When.IN_PROCESS, AUDIT_HOOKS));

  /// The mechanism for `marker`; empty when there is none.
  ///
  /// @param probe whether the build carries the marker's static probe
  static Optional<Mechanism> of(String marker, PythonVersion version, Means means, boolean probe) {
    for (Row row : TABLE) {
      if (row.covers(marker, version) && row.when().holds(means, probe)) {
        return Optional.of(row.give());
      }
    }
    return Optional.empty();
  }

  /// Whether there is one in any version.
  static boolean exists(String marker, Means means) {
    for (Row row : TABLE) {
      if (row.marker().equals(marker)
          && (row.when().holds(means, true) || row.when().holds(means, false))) {
        return true;
      }
    }
    return false;
  }

  private static Row row(String marker, String first, String last, When when, Mechanism give) {
    return new Row(
        marker,
        PythonVersion.parse(first).orElseThrow(),
        PythonVersion.parse(last).orElseThrow(),
        when,
        give);
  }
}
