package pytap.cli;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import pytap.stap.LibraryList;

/// What `--dump-functions` and its like print.
final class Catalogues {
  private Catalogues() {}

  static String of(Options.Catalogue catalogue) {
    List<String> lines =
        switch (catalogue) {
          case FUNCTIONS -> LibraryList.functions();
          case PROBE_ALIASES -> LibraryList.aliases();
          case PROBE_TYPES -> LibraryList.points();
        };
    Set<String> sorted = new TreeSet<>(lines);
    return sorted.isEmpty() ? "" : String.join("\n", sorted) + "\n";
  }
}
