package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Records carry the time where there are several rings to read, and only there.
final class StampingTest {
  private final Stamping stamping = new Stamping(false);

  private final class Ring implements Stamping.Ring {
    boolean stamps = stamping.beforeAnother();

    Ring() {
      stamping.opened(List.of(this));
    }

    @Override
    public void stamp(boolean on) {
      stamps = on;
    }
  }

  @Test
  void theOnlyRingDoesWithout() {
    assertThat(new Ring().stamps).isFalse();
  }

  @Test
  void allDoFromBeforeTheSecondOn() {
    Ring first = new Ring();
    assertThat(stamping.beforeAnother()).isTrue();
    assertThat(first.stamps).as("before the second writes").isTrue();
    Ring second = new Ring();
    Ring third = new Ring();
    assertThat(List.of(first.stamps, second.stamps, third.stamps)).containsOnly(true);
  }

  @Test
  void whatIsLeftAloneDoesWithoutAgain() {
    Ring first = new Ring();
    Ring second = new Ring();
    Ring third = new Ring();
    stamping.drained(first);
    assertThat(List.of(second.stamps, third.stamps)).containsOnly(true);
    stamping.drained(second);
    assertThat(third.stamps).isFalse();
    Ring fourth = new Ring();
    assertThat(List.of(third.stamps, fourth.stamps)).containsOnly(true);
  }

  @Test
  void anotherThatWasNotMadeAfterAllChangesNothing() {
    Ring only = new Ring();
    assertThat(stamping.beforeAnother()).isTrue();
    stamping.opened(List.of());
    assertThat(only.stamps).isFalse();
  }

  @Test
  void whenAllAreDrainedTheNextIsTheOnlyOne() {
    Ring first = new Ring();
    Ring second = new Ring();
    stamping.drained(first);
    stamping.drained(second);
    assertThat(new Ring().stamps).isFalse();
  }

  @Test
  void theOnlyRingDoesWhereSomethingElseIsPutIntoOrderWithIt() {
    Stamping always = new Stamping(true);
    assertThat(always.beforeAnother()).isTrue();
    List<Boolean> told = new ArrayList<>();
    always.opened(List.of(told::add));
    assertThat(told).isEmpty();
  }
}
