package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pytap.elf.ElfFile;
import pytap.source.TracerException;

/// What is said where an interpreter does not give a marker.
final class AbsenceTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "2.7.18; import__find__load__start; KERNEL; CPython 2 has no step of its import that finds"
            + " and loads a module; function__entry with the function name <module> tells of each"
            + " module that is loaded",
        "2.7.18; audit; IN_PROCESS; CPython has audit events since 3.8; ''",
        "3.7.16; audit; KERNEL; CPython has audit events since 3.8; ''",
        "3.13.0; line; KERNEL;"
            + " no CPython since 3.12 has an instruction that is passed once for each line;"
            + " the in-process engine takes it from a process that -c or -x gives",
        "3.9.18; line; KERNEL; the build has no static probe for it;"
            + " the in-process engine takes it from a process that -c or -x gives"
      })
  void aMarkerThatIsNotThereIsRefusedByName(
      String version, String marker, Means means, String found, String remedy) throws Exception {
    TracerException refused = refusal(version, marker, means);
    assertThat(refused.kind()).isEqualTo(TracerException.Kind.UNSUPPORTED_MARKER);
    assertThat(refused.tried()).startsWith("find " + marker + " in CPython " + version + " (");
    assertThat(refused.found()).isEqualTo(found);
    assertThat(refused.remedy()).isEqualTo(remedy);
  }

  private static TracerException refusal(String version, String marker, Means means)
      throws Exception {
    PythonBinary binary =
        PythonBinary.of(ElfFile.open(Interpreters.library(version))).orElseThrow();
    return catchThrowableOfType(TracerException.class, () -> binary.sites(marker, means));
  }
}
