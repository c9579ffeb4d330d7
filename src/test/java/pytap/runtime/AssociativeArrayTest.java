package pytap.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import pytap.source.SourceText;
import pytap.source.Span;

final class AssociativeArrayTest {
  private static final Site SITE =
      new Site("identifier 'a'", new Span(new SourceText("t.stp", "a[1] = 2"), 0, 1));

  private static AssociativeArray array(int size, boolean wrap, boolean text, Boolean... keys) {
    GlobalShape shape =
        new GlobalShape(
            "a", 0, text, List.of(keys), size, wrap, 0, ByteString.EMPTY, false, Optional.empty());
    return new AssociativeArray(shape, Limits.DEFAULT);
  }

  private static ByteString text(String text) {
    return ByteString.ofLatin1(text);
  }

  private static String keys(AssociativeArray array) {
    return keys(Walk.over(array, Walk.UNSORTED, 0, false, Long.MAX_VALUE));
  }

  private static String keys(Walk walk) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < walk.size(); i++) {
      out.append(i == 0 ? "" : " ").append(walk.keyNumber(i, 0)).append('=').append(walk.number(i));
    }
    return out.toString();
  }

  private static void put(AssociativeArray array, long key, long value) {
    array.key(0, key);
    array.put(value, SITE);
  }

  @Test
  void anAbsentElementReadsAsZeroAndStaysAbsent() {
    AssociativeArray numbers = array(0, false, false, true);
    numbers.key(0, text("x"));
    assertThat(numbers.number()).isZero();
    assertThat(numbers.contains()).isZero();
    AssociativeArray texts = array(0, false, true, false);
    texts.key(0, 4);
    assertThat(texts.text()).isSameAs(ByteString.EMPTY);
    assertThat(texts.size()).isZero();
  }

  @Test
  void aFullArrayFailsWithItsDeclaredSize() {
    AssociativeArray array = array(3, false, false, false);
    put(array, 1, 10);
    put(array, 2, 20);
    put(array, 3, 30);
    put(array, 2, 21);
    assertThatThrownBy(() -> put(array, 4, 40))
        .isInstanceOfSatisfying(
            ScriptError.class,
            error ->
                assertThat(error.report())
                    .isEqualTo(
                        "Array overflow, check size limit (3) near identifier 'a' at t.stp:1:1"));
    assertThat(keys(array)).isEqualTo("1=10 2=21 3=30");
  }

  @Test
  void anUndeclaredSizeIsMaxmapentries() {
    AssociativeArray array = array(0, false, false, false);
    for (int i = 0; i < 2048; i++) {
      put(array, i, i);
    }
    assertThatThrownBy(() -> put(array, -1, 0)).hasMessage("Array overflow, check MAXMAPENTRIES");
    assertThat(array.size()).isEqualTo(2048);
  }

  @Test
  void aWrappingArrayDropsItsOldestEntry() {
    AssociativeArray array = array(3, true, false, false);
    for (int i = 1; i <= 3; i++) {
      put(array, i, i);
    }
    put(array, 1, 100); // an update makes nothing younger
    put(array, 4, 4);
    put(array, 5, 5);
    assertThat(keys(array)).isEqualTo("3=3 4=4 5=5");
  }

  @Test
  void entriesThatSortEqualKeepTheOrderOfInsertion() {
    AssociativeArray array = array(0, false, false, false);
    put(array, 5, 1);
    put(array, 3, 2);
    put(array, 9, 1);
    put(array, 1, 2);
    put(array, 7, 3);
    assertThat(keys(Walk.over(array, Walk.BY_VALUE, 0, true, 99))).isEqualTo("7=3 3=2 1=2 5=1 9=1");
    assertThat(keys(Walk.over(array, Walk.BY_VALUE, 0, false, 99)))
        .isEqualTo("5=1 9=1 3=2 1=2 7=3");
    assertThat(keys(Walk.over(array, Walk.BY_NUMBER_KEY, 0, false, 2))).isEqualTo("1=2 3=2");
    assertThat(keys(Walk.over(array, Walk.BY_NUMBER_KEY, 0, true, 0))).isEmpty();
    assertThat(keys(Walk.over(array, Walk.UNSORTED, 0, true, -1))).isEmpty();
  }

  @Test
  void stringKeysSortByUnsignedBytes() {
    AssociativeArray array = array(0, false, false, true);
    for (String key : List.of("b", "\u00e9", "", "a", "ab")) {
      array.key(0, text(key));
      array.put(1, SITE);
    }
    Walk walk = Walk.over(array, Walk.BY_TEXT_KEY, 0, false, 99);
    StringBuilder sorted = new StringBuilder();
    for (int i = 0; i < walk.size(); i++) {
      sorted.append('[').append(walk.keyText(i, 0)).append(']');
    }
    assertThat(sorted.toString()).isEqualTo("[][a][ab][b][\u00e9]");
  }

  @Test
  void aWalkIsASnapshot() {
    AssociativeArray array = array(0, false, false, false);
    put(array, 1, 10);
    put(array, 2, 20);
    Walk walk = Walk.over(array, Walk.UNSORTED, 0, false, 99);
    array.clear();
    put(array, 3, 30);
    assertThat(keys(walk)).isEqualTo("1=10 2=20");
    assertThat(keys(array)).isEqualTo("3=30");
  }

  @Test
  void itDoesWhatALinkedHashMapDoes() {
    for (long seed = 1; seed <= 50; seed++) {
      Random random = new Random(seed);
      AssociativeArray array = array(60, true, false, false, true);
      LinkedHashMap<String, Long> model = new LinkedHashMap<>();
      for (int step = 0; step < 2000; step++) {
        long number = random.nextInt(12);
        String name = "n" + random.nextInt(12);
        array.key(0, number);
        array.key(0, text(name));
        String key = number + name;
        switch (random.nextInt(step % 500 == 499 ? 7 : 6)) {
          case 0, 1 -> {
            makeRoom(model, key);
            model.put(key, (long) step);
            array.put(step, SITE);
          }
          case 2 -> {
            makeRoom(model, key);
            long sum = model.getOrDefault(key, 0L) + 3;
            model.put(key, sum);
            assertThat(array.add(3, SITE)).isEqualTo(sum);
          }
          case 3, 4 -> {
            model.remove(key);
            array.remove();
          }
          case 5 -> {
            assertThat(array.number()).isEqualTo(model.getOrDefault(key, 0L));
            assertThat(array.contains()).isEqualTo(model.containsKey(key) ? 1 : 0);
          }
          default -> {
            model.clear();
            array.clear();
          }
        }
      }
      assertThat(content(array)).as("seed %d", seed).isEqualTo(model.toString());
    }
  }

  private static void makeRoom(Map<String, Long> model, String key) {
    if (!model.containsKey(key) && model.size() == 60) {
      model.remove(model.keySet().iterator().next());
    }
  }

  private static String content(AssociativeArray array) {
    Walk walk = Walk.over(array, Walk.UNSORTED, 0, false, Long.MAX_VALUE);
    LinkedHashMap<String, Long> content = new LinkedHashMap<>();
    for (int i = 0; i < walk.size(); i++) {
      content.put(walk.keyNumber(i, 0) + walk.keyText(i, 0).toString(), walk.number(i));
    }
    return content.toString();
  }
}
