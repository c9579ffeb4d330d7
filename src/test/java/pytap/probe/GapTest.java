package pytap.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

final class GapTest {

  @Test
  void theEnvironmentOverridesWhatABuildDoesUnasked() {
    for (boolean unasked : new boolean[] {false, true}) {
      Gap.OnRequest gap = new Gap.OnRequest("nothing", "NAME", unasked);
      assertThat(gap.isIn(Optional.empty())).isEqualTo(unasked);
      assertThat(gap.isIn(Optional.of(""))).isEqualTo(unasked);
      assertThat(gap.isIn(Optional.of("0"))).isFalse();
      assertThat(gap.isIn(Optional.of("0x1"))).isFalse();
      assertThat(gap.isIn(Optional.of("1"))).isTrue();
      assertThat(gap.isIn(Optional.of("no"))).isTrue();
    }
  }
}
