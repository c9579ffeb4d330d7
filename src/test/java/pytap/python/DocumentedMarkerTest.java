package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is said of the static probes of each version.
final class DocumentedMarkerTest {

  private static DocumentedMarker marker(String name) {
    return DocumentedMarker.ALL.stream().filter(it -> it.name().equals(name)).findFirst().get();
  }

  @ParameterizedTest
  @CsvSource({
    "audit, 3.7.16, CPython has it from 3.8 on",
    "import__find__load__start, 3.6.15, CPython has it from 3.7 on",
    "line, 2.7.18, CPython has it from 3.6 on",
    "line, 3.11.7, the interpreter was built without --with-dtrace",
    "line, 3.12.1, CPython 3.12 removed it (gh-103082)",
    "line, 3.15.2, CPython 3.12 removed it (gh-103082)",
    "function__entry, 3.14.1, 'CPython 3.12 removed it (gh-103082), 3.15 has it again'",
    "function__return, 3.15.2, the interpreter was built without --with-dtrace",
    "gc__start, 3.13.0, the interpreter was built without --with-dtrace"
  })
  void aProbeIsAbsentForAReason(String name, String version, String reason) {
    assertThat(marker(name).absence(PythonVersion.parse(version).get())).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "function__entry, 3.10.13, ''",
    "function__entry, 3.11.2, throw() resumes",
    "function__return, 3.11.2, ''",
    "function__entry, 3.15.2, once too often",
    "function__return, 3.15.2, what the JIT runs",
    "gc__start, 3.15.2, ''"
  })
  void aProbeThatDoesNotWorkIsKnown(String name, String version, String part) {
    Optional<String> defect = marker(name).defect(PythonVersion.parse(version).get());
    assertThat(defect.isPresent()).isEqualTo(!part.isEmpty());
    assertThat(defect.orElse("")).contains(part);
  }
}
