package pytap.stap;

import java.util.ArrayList;
import java.util.List;

/// The names of probe points' components, and how written points match them.
final class PointNames {
  private PointNames() {}

  static List<String> of(DeclarationTree.Point point) {
    List<String> names = new ArrayList<>();
    for (DeclarationTree.Component component : point.components()) {
      names.add(component.name());
    }
    return names;
  }

  static List<String> split(String dotted) {
    List<String> names = new ArrayList<>();
    int start = 0;
    for (int dot = dotted.indexOf('.'); dot >= 0; dot = dotted.indexOf('.', start)) {
      names.add(dotted.substring(start, dot));
      start = dot + 1;
    }
    names.add(dotted.substring(start));
    return names;
  }

  /// Whether the first components of `point` are `names`, without arguments.
  static boolean matches(DeclarationTree.Point point, List<String> names) {
    if (point.components().size() < names.size()) {
      return false;
    }
    for (int i = 0; i < names.size(); i++) {
      DeclarationTree.Component component = point.components().get(i);
      if (component.argument().isPresent() || !component.name().equals(names.get(i))) {
        return false;
      }
    }
    return true;
  }
}
