package pytap.python;

import java.util.Optional;
import pytap.source.TracerException;
import pytap.source.TracerException.Kind;

/// Why an interpreter does not give a marker, and what else does.
final class Absence {
  private Absence() {}

  /// @param tried what could not be done
  /// @param probe whether the build carries the marker's static probe
  static TracerException of(
      String tried, String marker, PythonVersion version, Means means, boolean probe) {
    return new TracerException(
        Kind.UNSUPPORTED_MARKER,
        tried,
        reason(marker, version, means),
        remedy(marker, version, means, probe));
  }

  private static String reason(String marker, PythonVersion version, Means means) {
    boolean imports = marker.equals(Markers.IMPORT_START) || marker.equals(Markers.IMPORT_DONE);
    if (imports && !version.atLeast(3, 0)) {
      return "CPython 2 has no step of its import that finds and loads a module";
    }
    if (marker.equals(Markers.AUDIT) && !version.atLeast(3, 8)) {
      return "CPython has audit events since 3.8";
    }
    if (marker.equals(Markers.LINE) && version.atLeast(3, 12) && means == Means.KERNEL) {
      return "no CPython since 3.12 has an instruction that is passed once for each line";
    }
    return switch (means) {
      case KERNEL -> "the build has no static probe for it";
      case IN_PROCESS -> "the in-process engine does not know how to get it here";
    };
  }

  private static String remedy(String marker, PythonVersion version, Means means, boolean probe) {
    Means other = means == Means.KERNEL ? Means.IN_PROCESS : Means.KERNEL;
    Optional<Mechanism> otherwise = Mechanism.of(marker, version, other, probe);
    if (otherwise.isEmpty()) {
      return marker.startsWith("import__") && !version.atLeast(3, 0)
          ? "function__entry with the function name <module> tells of each module that is loaded"
          : "";
    }
    return switch (other) {
      case KERNEL -> "as root --engine kernel takes it";
      case IN_PROCESS -> "the in-process engine takes it from a process that -c or -x gives";
    };
  }
}
