package pytap.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LimitsTest {
  private static Limits with(String name, long value) {
    return Limits.DEFAULT.with(name, value).orElseThrow();
  }

  @Test
  void eachNameSetsItsLimit() {
    assertThat(with("MAXSTRINGLEN", 64).textBytes()).isEqualTo(63);
    assertThat(with("MAXMAPENTRIES", 7).maxMapEntries()).isEqualTo(7);
    assertThat(with("MAXACTION", 5).maxAction()).isEqualTo(5);
    assertThat(with("MAXACTION_INTERRUPTIBLE", 6).maxActionInterruptible()).isEqualTo(6);
    assertThat(with("MAXNESTING", 40).maxNesting()).isEqualTo(40);
    assertThat(with("MAXERRORS", 3).maxErrors()).isEqualTo(3);
  }

  @Test
  void otherNamesMakeNoDifference() {
    assertThat(with("MAXSKIPPED", 3)).isEqualTo(Limits.DEFAULT);
    assertThat(with("KEY_MAPENTRIES", 3)).isEqualTo(Limits.DEFAULT);
  }

  @Test
  void whatMakesNoSenseIsRefusedAndWhatIsTooMuchIsBroughtWithinWhatCanBeDone() {
    assertThat(Limits.DEFAULT.with("MAXSTRINGLEN", 1)).isEmpty();
    assertThat(Limits.DEFAULT.with("MAXMAPENTRIES", 0)).isEmpty();
    assertThat(Limits.DEFAULT.with("MAXACTION", -1)).isEmpty();
    assertThat(with("MAXNESTING", Long.MAX_VALUE).maxNesting()).isEqualTo(2000);
    assertThat(with("MAXACTION", Long.MAX_VALUE).maxAction()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void aSessionEndsBehindItsMaximumOfErrorsUnlessTheyAreSuppressed() {
    Limits three = with("MAXERRORS", 3);
    assertThat(three.endsAfter(3)).isFalse();
    assertThat(three.endsAfter(4)).isTrue();
    assertThat(three.suppressingErrors().endsAfter(1000)).isFalse();
  }
}
