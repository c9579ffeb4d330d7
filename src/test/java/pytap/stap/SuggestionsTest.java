package pytap.stap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SuggestionsTest {

  @Test
  void distanceCountsInsertionsRemovalsAndReplacements() {
    assertThat(Suggestions.distance("", "abc")).isEqualTo(3);
    assertThat(Suggestions.distance("abc", "abc")).isZero();
    assertThat(Suggestions.distance("strlne", "strlen")).isEqualTo(2);
    assertThat(Suggestions.distance("kitten", "sitting")).isEqualTo(3);
  }

  @Test
  void theFiveNearestNamesComeNearestFirstAndThenByName() {
    List<String> names = List.of("stop", "start", "star", "starts", "art", "unrelated", "tart");
    assertThat(Suggestions.near("similar", "start", names))
        .isEqualTo(" (similar: start, star, starts, tart, art)");
    assertThat(Suggestions.near("similar", "ab", List.of())).isEmpty();
  }
}
