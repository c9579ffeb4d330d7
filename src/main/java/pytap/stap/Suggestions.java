package pytap.stap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/// The nearest of the names that exist, for a name that does not.
final class Suggestions {
  private static final int MAX_SUGGESTIONS = 5;

  private record Ranked(int distance, String name) implements Comparable<Ranked> {
    @Override
    public int compareTo(Ranked other) {
      int order = Integer.compare(distance, other.distance);
      return order != 0 ? order : name.compareTo(other.name);
    }
  }

  private Suggestions() {}

  /// ` (LABEL: a, b, c)` with the names nearest to `wanted`; empty where there are none.
  static String near(String label, String wanted, Collection<String> names) {
    TreeSet<Ranked> ranked = new TreeSet<>();
    for (String name : names) {
      ranked.add(new Ranked(distance(wanted, name), name));
    }
    List<String> nearest = new ArrayList<>();
    for (Ranked candidate : ranked) {
      if (nearest.size() < MAX_SUGGESTIONS) {
        nearest.add(candidate.name);
      }
    }
    return nearest.isEmpty() ? "" : " (" + label + ": " + String.join(", ", nearest) + ")";
  }

  /// How many characters must be put in, taken out or replaced to make `b` of `a` (Levenshtein).
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
