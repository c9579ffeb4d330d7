package pytap.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// `-Dpytap.seed=N` repeats a run.
final class RegexTest {
  private static final long SEED = Long.getLong("pytap.seed", System.nanoTime());
  private static final int EXPRESSIONS = 3000;
  private static final int TEXTS = 8;

  private static Regex regex(String pattern) throws RegexSyntaxException {
    return Regex.compile(ByteString.ofLatin1(pattern));
  }

  /// What `pattern` finds in `text`, group by group, `-` for one that took no part.
  private static List<String> found(String pattern, String text) throws RegexSyntaxException {
    Regex regex = regex(pattern);
    List<String> groups = new ArrayList<>();
    if (regex.find(ByteString.ofLatin1(text))) {
      for (int i = 0; i < regex.groups(); i++) {
        groups.add(regex.start(i) < 0 ? "-" : text.substring(regex.start(i), regex.end(i)));
      }
    }
    return groups;
  }

  @Test
  void theLeftmostMatchIsTakenAndOfThoseTheLongest() throws RegexSyntaxException {
    assertThat(found("a|ab|abc", "xabcabc")).containsExactly("abc");
    assertThat(found("abcd|bc", "abc abcd")).containsExactly("bc");
    assertThat(found("b*", "abb")).containsExactly("");
    assertThat(found("b+", "abb")).containsExactly("bb");
    assertThat(found("x*$", "abxx")).containsExactly("xx");
    assertThat(found("$", "ab")).containsExactly("");
    assertThat(found("^b", "ab")).isEmpty();
  }

  @Test
  void groupsHoldWhatTheirPartsTook() throws RegexSyntaxException {
    assertThat(found("(a+)(b+)?", "xaab")).containsExactly("aab", "aa", "b");
    assertThat(found("(a)|(b)", "b")).containsExactly("b", "-", "b");
    assertThat(found("(a|b)*c", "abac")).containsExactly("abac", "a");
    assertThat(found("(?:a)(b)", "ab")).containsExactly("ab", "b");
    assertThat(found("((a)(b)){2}", "abab")).containsExactly("abab", "ab", "a", "b");
  }

  @Test
  void setsHoldBytesRangesAndClasses() throws RegexSyntaxException {
    assertThat(found("[]x]+", "a]x]")).containsExactly("]x]");
    assertThat(found("[^]x]+", "]ab")).containsExactly("ab");
    assertThat(found("[a-]+", "b-a")).containsExactly("-a");
    assertThat(found("[[:alpha:]_]+", "1a_Z2")).containsExactly("a_Z");
    assertThat(found("[[:punct:]]+", "a[{!b")).containsExactly("[{!");
    assertThat(found("[\\]]", "]")).containsExactly("]");
    assertThat(found("[\u0080-\u00ff]+", "a\u00e9\u00ffb")).containsExactly("\u00e9\u00ff");
  }

  @Test
  void whatIsNoExpressionIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> regex("ab("))
        .isInstanceOfSatisfying(
            RegexSyntaxException.class,
            refused -> {
              assertThat(refused.message()).isEqualTo("expected ), found end of regex");
              assertThat(refused.position()).isEqualTo(3);
            });
    assertThatThrownBy(() -> regex("((((a{99}){99}){99}){99})"))
        .isInstanceOf(RegexSyntaxException.class)
        .hasMessage("regex is too large");
    assertThatThrownBy(() -> regex("(".repeat(5000)))
        .isInstanceOf(RegexSyntaxException.class)
        .hasMessage("nested more than 200 groups deep");
  }

  @Test
  void whatBacktrackingWouldTakeForeverForTakesNoTime() throws RegexSyntaxException {
    String text = "a".repeat(500);
    for (String pattern : List.of("(a|aa)+$b", "(a*)*b", "(a+)+b", "(a?){500}a{500}b")) {
      Regex regex = regex(pattern);
      assertThat(
              assertTimeoutPreemptively(
                  Duration.ofSeconds(30), () -> regex.find(ByteString.ofLatin1(text))))
          .as(pattern)
          .isFalse();
    }
  }

  @Test
  void randomExpressionsFindWhatTryingEveryPlaceFinds() throws RegexSyntaxException {
    Random random = new Random(SEED);
    for (int i = 0; i < EXPRESSIONS; i++) {
      String pattern = alternatives(random, 3);
      Regex regex = regex(pattern);
      for (int j = 0; j < TEXTS; j++) {
        String text = text(random);
        String expected = leftmostLongest(pattern, text);
        boolean found = regex.find(ByteString.ofLatin1(text));
        String actual = found ? regex.start(0) + "-" + regex.end(0) : "none";
        assertThat(actual).as("seed %d: /%s/ in \"%s\"", SEED, pattern, text).isEqualTo(expected);
      }
    }
  }

  private static String leftmostLongest(String pattern, String text) throws RegexSyntaxException {
    RegexParser.Node tree = RegexParser.tree(ByteString.ofLatin1(pattern));
    for (int start = 0; start <= text.length(); start++) {
      SortedSet<Integer> ends = ends(tree, text, new TreeSet<>(Set.of(start)));
      if (!ends.isEmpty()) {
        return start + "-" + ends.last();
      }
    }
    return "none";
  }

  /// Everywhere that `node` can end that begins at one of `starts`. (The JDK's expressions are no
  /// measure: they leave a repetition as soon as one turn of it takes nothing.)
  private static SortedSet<Integer> ends(
      RegexParser.Node node, String text, SortedSet<Integer> starts) {
    SortedSet<Integer> ends = new TreeSet<>();
    switch (node) {
      case RegexParser.Node.OneOf set -> {
        for (int start : starts) {
          if (start < text.length() && contains(set, text.charAt(start))) {
            ends.add(start + 1);
          }
        }
      }
      case RegexParser.Node.Sequence(var parts) -> {
        ends.addAll(starts);
        for (RegexParser.Node part : parts) {
          ends = ends(part, text, ends);
        }
      }
      case RegexParser.Node.Choice(var preferred, var other) -> {
        ends.addAll(ends(preferred, text, starts));
        ends.addAll(ends(other, text, starts));
      }
      case RegexParser.Node.Group(var part, _) -> ends.addAll(ends(part, text, starts));
      case RegexParser.Node.Anchor(boolean first) -> {
        if (starts.contains(first ? 0 : text.length())) {
          ends.add(first ? 0 : text.length());
        }
      }
      case RegexParser.Node.Repeat(var part, int least, int most) -> {
        SortedSet<Integer> now = starts;
        for (int i = 0; i < least; i++) {
          now = ends(part, text, now);
        }
        ends.addAll(now);
        int turns = most < 0 ? text.length() + 1 : most - least;
        for (int i = 0; i < turns; i++) {
          now = ends(part, text, now);
          ends.addAll(now);
        }
      }
    }
    return ends;
  }

  private static boolean contains(RegexParser.Node.OneOf set, char octet) {
    long word =
        switch (octet >> 6) {
          case 0 -> set.first();
          case 1 -> set.second();
          case 2 -> set.third();
          default -> set.fourth();
        };
    return (word >>> (octet & 63) & 1) != 0;
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(9); i > 0; i--) {
      text.append("abc".charAt(random.nextInt(3)));
    }
    return text.toString();
  }

  private static String alternatives(Random random, int depth) {
    StringBuilder pattern = new StringBuilder(term(random, depth));
    for (int i = random.nextInt(3); i > 0; i--) {
      pattern.append('|').append(term(random, depth));
    }
    return pattern.toString();
  }

  private static String term(Random random, int depth) {
    StringBuilder term = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      if (random.nextInt(8) == 0) {
        term.append(random.nextBoolean() ? '^' : '$'); // takes no closure
      } else {
        term.append(atom(random, depth));
        term.append(closure(random));
      }
    }
    return term.toString();
  }

  private static String atom(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 5)) {
      case 0, 1, 2 -> String.valueOf("abc".charAt(random.nextInt(3)));
      case 3 -> ".";
      case 4 -> random.nextBoolean() ? "[ab]" : "[^a]";
      case 5 -> "(?:" + alternatives(random, depth - 1) + ")";
      default -> "(" + alternatives(random, depth - 1) + ")";
    };
  }

  private static String closure(Random random) {
    return switch (random.nextInt(9)) {
      case 0 -> "*";
      case 1 -> "+";
      case 2 -> "?";
      case 3 -> "{" + random.nextInt(3) + "}";
      case 4 -> "{" + random.nextInt(2) + ",}";
      case 5 -> "{" + random.nextInt(2) + "," + (1 + random.nextInt(3)) + "}";
      default -> "";
    };
  }
}
