package pytap.python;

import java.util.List;
import java.util.Optional;

/// One of CPython's documented markers (CPython 3.15 Doc/howto/instrumentation.rst), and what the
/// static probe of that name is worth in a version.
///
/// @param since the first version of CPython 3 that has it
public record DocumentedMarker(String name, PythonVersion since) {
  private static final PythonVersion CPYTHON_36 = PythonVersion.of(3, 6, 0);
  private static final PythonVersion CPYTHON_37 = PythonVersion.of(3, 7, 0);
  private static final PythonVersion CPYTHON_38 = PythonVersion.of(3, 8, 0);

  /// All of them, by name.
  public static final List<DocumentedMarker> ALL =
      List.of(
          new DocumentedMarker(Markers.AUDIT, CPYTHON_38),
          new DocumentedMarker(Markers.FUNCTION_ENTRY, CPYTHON_36),
          new DocumentedMarker(Markers.FUNCTION_RETURN, CPYTHON_36),
          new DocumentedMarker(Markers.GC_DONE, CPYTHON_36),
          new DocumentedMarker(Markers.GC_START, CPYTHON_36),
          new DocumentedMarker(Markers.IMPORT_DONE, CPYTHON_37),
          new DocumentedMarker(Markers.IMPORT_START, CPYTHON_37),
          new DocumentedMarker(Markers.LINE, CPYTHON_36));

  /// Why a build of `version` lacks the probe, in one clause.
  public String absence(PythonVersion version) {
    if (!version.atLeast(since.major(), since.minor())) {
      return "CPython has it from " + since.major() + "." + since.minor() + " on";
    }
    if (name.equals(Markers.LINE) && version.atLeast(3, 12)) {
      return "CPython 3.12 removed it (gh-103082)";
    }
    if (Markers.isOfFunctions(name) && version.atLeast(3, 12) && !version.atLeast(3, 15)) {
      return "CPython 3.12 removed it (gh-103082), 3.15 has it again";
    }
    return "the interpreter was built without --with-dtrace";
  }

  /// What is wrong with the probe in a build of `version` that has it, in one clause.
  public Optional<String> defect(PythonVersion version) {
    if (!Markers.isOfFunctions(name)) {
      return Optional.empty();
    }
    boolean entry = name.equals(Markers.FUNCTION_ENTRY);
    if (entry && version.is(3, 11)) {
      return Optional.of(
          "it fires only where throw() resumes a generator or coroutine, and not for calls"
              + " (gh-98894)");
    }
    if (version.is(3, 15)) {
      return Optional.of(
          entry
              ? "it fires once too often where a call makes a generator or coroutine, not at all"
                  + " where throw() resumes one, and not for what the JIT runs"
              : "it does not fire for what the JIT runs");
    }
    return Optional.empty();
  }
}
