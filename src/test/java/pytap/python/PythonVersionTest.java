package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.probe.Register;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;

final class PythonVersionTest {

  @ParameterizedTest
  @CsvSource({
    "3.8.18, 3.8.18",
    "2.7.18+, 2.7.18",
    "3.9.0rc1, 3.9.0rc1",
    "3.12.0b4, 3.12.0b4",
    "2.7.1c2, 2.7.1rc2",
    "3.6, 3.6.0"
  })
  void versionTextsAreRead(String text, String version) {
    assertThat(PythonVersion.parse(text).orElseThrow()).hasToString(version);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3", "3.x", "3.8.18 (main)", "v3.8.1", "3.8.1.2", "%.80s (%.80s)"})
  void otherTextsAreNotVersions(String text) {
    assertThat(PythonVersion.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"030b02f0, 3.11.2", "030c00c1, 3.12.0rc1", "030e00a7, 3.14.0a7"})
  void versionNumbersAreRead(String hex, String version) {
    assertThat(PythonVersion.ofHex(Long.parseLong(hex, 16)).orElseThrow()).hasToString(version);
  }

  @Test
  void aNumberWithoutReleaseLevelIsNotAVersion() {
    assertThat(PythonVersion.ofHex(0)).isEmpty();
    assertThat(PythonVersion.ofHex(0x1_030b_02f0L)).isEmpty();
  }

  @Test
  void versionsAreOrderedByTime() {
    assertThat(PythonVersion.of(3, 10, 0)).isGreaterThan(PythonVersion.of(3, 9, 18));
    assertThat(PythonVersion.parse("3.12.0rc3").orElseThrow())
        .isLessThan(PythonVersion.of(3, 12, 0))
        .isGreaterThan(PythonVersion.parse("3.12.0b4").orElseThrow());
  }

  @Test
  void theRuntimeGrewInThreeSevenFour() {
    assertThat(Layouts.of(PythonVersion.of(3, 7, 3)).orElseThrow().runtimeThread()).hasValue(1392);
    assertThat(Layouts.of(PythonVersion.of(3, 7, 4)).orElseThrow().runtimeThread()).hasValue(1480);
    assertThat(Layouts.of(PythonVersion.of(3, 7, 16)).orElseThrow().runtimeThread()).hasValue(1480);
  }

  @ParameterizedTest
  @CsvSource({"3.13.5, 32, 84, 2", "3.14.7, 32, 84, 8", "3.15.0, 32, 84, 8"})
  void objectsOfAFreeThreadedBuildHaveALongerHead(
      String version, int textLength, int firstLine, int kindBit) {
    Layout layout =
        Layouts.of(PythonVersion.parse(version).orElseThrow(), new BuildKind(false, false, true))
            .orElseThrow();
    assertThat(layout.text()).isEqualTo(new UnicodeLayout.Pep393(textLength, 48, 56, 72, kindBit));
    assertThat(layout.lines().firstLine()).isEqualTo(firstLine);
  }

  @Test
  void fromThreeFourteenOnTheCodeOfAFrameIsTagged() {
    Value frame = Value.register(Register.RBX);
    assertThat(frameOf("3.13.13").codeOf(frame)).isEqualTo(Value.word(frame, 0));
    for (String version : new String[] {"3.14.0", "3.14.10", "3.15.2"}) {
      Value code = new Value.Masked(Value.word(frame, 0), ~3L);
      assertThat(frameOf(version).codeOf(frame)).isEqualTo(code);
      assertThat(frameOf(version).bytecodeOf(frame)).isEqualTo(Value.plus(code, 208));
    }
  }

  private static FrameLayout.InterpreterFrame frameOf(String version) {
    Layout layout = Layouts.of(PythonVersion.parse(version).orElseThrow()).orElseThrow();
    return (FrameLayout.InterpreterFrame) layout.frame();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.6.9", "3.5.10", "3.16.0", "3.12.0b1", "3.15.0b2", "4.7.0"})
  void otherVersionsHaveNoLayout(String version) {
    assertThat(Layouts.of(PythonVersion.parse(version).orElseThrow())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "function__entry, 2.7.18, KERNEL, false, EVAL_FUNCTION",
    "function__entry, 3.6.15, KERNEL, false, EVAL_FUNCTION",
    "function__entry, 3.6.15, KERNEL, true, STATIC_PROBE",
    "function__entry, 3.6.15, IN_PROCESS, true, EVAL_FUNCTION",
    "function__return, 3.10.13, KERNEL, false, EVAL_FUNCTION",
    "function__return, 3.10.13, KERNEL, true, STATIC_PROBE",
    "function__entry, 3.11.2, KERNEL, true, BYTECODE_HANDLERS",
    "function__return, 3.11.2, KERNEL, true, STATIC_PROBE",
    "function__return, 3.11.7, KERNEL, false, BYTECODE_HANDLERS",
    "function__entry, 3.13.0, KERNEL, false, BYTECODE_HANDLERS",
    "function__return, 3.14.10, IN_PROCESS, false, BYTECODE_HANDLERS",
    "function__entry, 3.15.2, KERNEL, true, BYTECODE_HANDLERS",
    "function__return, 3.15.2, KERNEL, true, BYTECODE_HANDLERS",
    "line, 3.10.13, KERNEL, true, STATIC_PROBE",
    "line, 3.12.1, IN_PROCESS, false, MONITORING",
    "line, 3.15.2, IN_PROCESS, false, MONITORING"
  })
  void theTableChoosesTheMechanism(
      String marker, String version, Means means, boolean probe, Mechanism mechanism) {
    assertThat(Mechanism.of(marker, PythonVersion.parse(version).orElseThrow(), means, probe))
        .contains(mechanism);
  }

  @ParameterizedTest
  @CsvSource({
    "line, 3.12.1, KERNEL, false",
    "audit, 3.7.16, KERNEL, true",
    "function__entry, 3.5.0, KERNEL, true",
    "function__entry, 3.16.0, IN_PROCESS, false"
  })
  void theTableHasNoMechanismForTheRest(String marker, String version, Means means, boolean probe) {
    assertThat(Mechanism.of(marker, PythonVersion.parse(version).orElseThrow(), means, probe))
        .isEmpty();
  }
}
