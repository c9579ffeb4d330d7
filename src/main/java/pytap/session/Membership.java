package pytap.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which processes have which strands in their memory: a fork inherits them, an end or another
/// program loses them.
///
/// @param <S> a strand
final class Membership<S> {
  private final Map<Integer, Set<S>> strands = new HashMap<>();

  void opened(int process, List<S> opened) {
    strands.computeIfAbsent(process, absent -> new LinkedHashSet<>()).addAll(opened);
  }

  void forked(int process, int parent) {
    Set<S> inherited = strands.get(parent);
    if (inherited != null) {
      strands.put(process, new LinkedHashSet<>(inherited));
    }
  }

  /// @return the strands that no process has any more
  List<S> left(int process) {
    Set<S> lost = strands.remove(process);
    if (lost == null) {
      return List.of();
    }
    List<S> orphaned = new ArrayList<>(lost);
    strands.values().forEach(orphaned::removeAll);
    return orphaned;
  }

  /// How many strands there are.
  int size() {
    Set<S> all = new HashSet<>();
    strands.values().forEach(all::addAll);
    return all.size();
  }
}
