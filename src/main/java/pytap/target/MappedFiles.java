package pytap.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What files processes have mapped where. What was read of a process stays known when it has
/// ended.
final class MappedFiles {
  /// @param file under which it can be opened here
  record Entry(Mapping mapping, Path file) {}

  private final Map<Integer, List<Entry>> processes = new HashMap<>();

  /// The mapping that holds `address`. Maps are read again where none that is known does.
  Optional<Entry> at(int pid, long address) {
    Optional<Entry> known = find(pid, address);
    if (known.isPresent()) {
      return known;
    }
    read(pid);
    return find(pid, address);
  }

  /// All mappings of the file that `mapping` is of, by rising addresses.
  List<Mapping> ofSameFile(int pid, Mapping mapping) {
    List<Mapping> same = new ArrayList<>();
    for (Entry other : processes.getOrDefault(pid, List.of())) {
      if (other.mapping().path().equals(mapping.path())) {
        same.add(other.mapping());
      }
    }
    return same;
  }

  /// Reads what `pid` has mapped now, to be known when it has ended.
  void read(int pid) {
    List<Entry> entries = new ArrayList<>();
    RunningProcess process = new RunningProcess(pid);
    Path directory = process.shared("");
    for (Mapping mapping : process.mappings()) {
      if (mapping.isFile()) {
        entries.add(new Entry(mapping, RunningProcess.file(mapping, directory)));
      }
    }
    if (!entries.isEmpty()) {
      processes.put(pid, entries);
    }
  }

  private Optional<Entry> find(int pid, long address) {
    for (Entry entry : processes.getOrDefault(pid, List.of())) {
      if (entry.mapping().holds(address)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }
}
