package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import pytap.probe.Glob;

/// Points whose components have patterns for names: `python.function.*`, `process.*`, `**`. A `*`
/// stands for any characters of one component, a `**` for several components, too.
final class PointPatterns {
  private PointPatterns() {}

  static boolean isPattern(DeclarationTree.Point point) {
    for (DeclarationTree.Component component : point.components()) {
      if (isPattern(component.name())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPattern(String name) {
    return name.indexOf('*') >= 0;
  }

  /// The points that `pattern` stands for, by name: each optional, as not all that has a fitting
  /// name need be there, and without the pattern's condition.
  ///
  /// @param aliases the names of aliases, which may be followed by more components
  /// @param plain the names of points that take no argument
  static List<DeclarationTree.Point> fitting(
      DeclarationTree.Point pattern, List<List<String>> aliases, List<List<String>> plain) {
    Map<String, DeclarationTree.Point> found = new TreeMap<>();
    for (List<String> names : aliases) {
      put(found, pattern, names, true);
    }
    for (List<String> names : plain) {
      put(found, pattern, names, false);
    }
    return new ArrayList<>(found.values());
  }

  private static void put(
      Map<String, DeclarationTree.Point> found,
      DeclarationTree.Point pattern,
      List<String> names,
      boolean alias) {
    List<DeclarationTree.Component> components = new ArrayList<>();
    if (fit(pattern.components(), 0, names, 0, alias, components)) {
      DeclarationTree.Point point =
          new DeclarationTree.Point(components, true, false, Optional.empty());
      found.putIfAbsent(point.toProbePoint().toString(), point);
    }
  }

  /// Whether the pattern's components from `at` on fit `names` from `name` on; `out` gets the
  /// components with names for patterns.
  private static boolean fit(
      List<DeclarationTree.Component> pattern,
      int at,
      List<String> names,
      int name,
      boolean alias,
      List<DeclarationTree.Component> out) {
    if (name == names.size()) {
      return alias ? rest(pattern, at, out) : at == pattern.size();
    }
    if (at == pattern.size()) {
      return false;
    }
    DeclarationTree.Component component = pattern.get(at);
    boolean several = component.name().contains("**");
    if (component.argument().isPresent() && (alias || isPattern(component.name()))) {
      return false;
    }
    int most = several ? names.size() : name + 1;
    for (int end = name + 1; end <= most; end++) {
      String joined = String.join(".", names.subList(name, end));
      if (!Glob.fits(component.name(), joined)) {
        continue;
      }
      int before = out.size();
      for (String fitting : names.subList(name, end)) {
        out.add(
            new DeclarationTree.Component(
                component.token(),
                fitting,
                isPattern(component.name()) ? Optional.empty() : component.argument()));
      }
      if (fit(pattern, at + 1, names, end, alias, out)) {
        return true;
      }
      out.subList(before, out.size()).clear();
    }
    return false;
  }

  /// What follows an alias's name stays as it is.
  private static boolean rest(
      List<DeclarationTree.Component> pattern, int at, List<DeclarationTree.Component> out) {
    List<DeclarationTree.Component> rest = pattern.subList(at, pattern.size());
    for (DeclarationTree.Component component : rest) {
      if (isPattern(component.name())) {
        return false;
      }
    }
    out.addAll(rest);
    return true;
  }
}
