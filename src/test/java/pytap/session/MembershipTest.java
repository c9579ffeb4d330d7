package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Which processes have which strands, and how large their rings are.
final class MembershipTest {
  private final Membership<String> members = new Membership<>();

  @Test
  void aStrandIsOverWhenNoProcessHasIt() {
    members.opened(1, List.of("a", "b"));
    members.forked(2, 1);
    members.forked(3, 2);
    assertThat(members.left(1)).isEmpty();
    assertThat(members.left(3)).isEmpty();
    assertThat(members.size()).isEqualTo(2);
    assertThat(members.left(2)).containsExactly("a", "b");
    assertThat(members.size()).isZero();
  }

  @Test
  void aForkedChildThatExecutesAProgramHasOnlyItsOwn() {
    members.opened(1, List.of("a"));
    members.forked(2, 1);
    assertThat(members.left(2)).isEmpty();
    members.opened(2, List.of("b"));
    assertThat(members.left(1)).containsExactly("a");
    assertThat(members.left(2)).containsExactly("b");
  }

  @Test
  void whatHasNoneHandsNoneOn() {
    members.forked(2, 1);
    members.opened(1, List.of("a"));
    assertThat(members.left(2)).isEmpty();
    assertThat(members.left(9)).isEmpty();
    assertThat(members.left(1)).containsExactly("a");
  }

  @Test
  void manyRingsTogetherTakeLittleMoreThanOne() {
    RingSizes sizes = new RingSizes(16 << 20);
    assertThat(sizes.next(0)).isEqualTo(16 << 20);
    assertThat(sizes.next(1)).isEqualTo(8 << 20);
    assertThat(sizes.next(2)).isEqualTo(8 << 20);
    assertThat(sizes.next(3)).isEqualTo(4 << 20);
    assertThat(sizes.next(1000)).isEqualTo(1 << 20);
    assertThat(sizes.each(1)).isEqualTo(16 << 20);
    assertThat(sizes.each(2)).isEqualTo(8 << 20);
    assertThat(sizes.each(3)).isEqualTo(4 << 20);
    assertThat(sizes.each(100)).isEqualTo(1 << 20);
    assertThat(new RingSizes(1 << 16).each(100)).isEqualTo(1 << 16);
  }
}
