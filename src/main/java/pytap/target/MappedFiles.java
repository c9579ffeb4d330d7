package pytap.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What files processes have mapped where, by `/proc/PID/maps`. What was read of a process stays
/// known when it has ended.
final class MappedFiles {
  /// @param path as the process names it
  /// @param file under which it can be opened here
  record Mapping(long start, long end, long fileOffset, String path, Path file) {
    boolean holds(long address) {
      return address >= start && address < end;
    }
  }

  private final Map<Integer, List<Mapping>> processes = new HashMap<>();

  /// The mapping that holds `address`. Maps are read again where none that is known does.
  Optional<Mapping> at(int pid, long address) {
    Optional<Mapping> known = find(pid, address);
    if (known.isPresent()) {
      return known;
    }
    read(pid);
    return find(pid, address);
  }

  /// All mappings of the file that `mapping` is of, by rising addresses.
  List<Mapping> ofSameFile(int pid, Mapping mapping) {
    List<Mapping> same = new ArrayList<>();
    for (Mapping other : processes.getOrDefault(pid, List.of())) {
      if (other.path().equals(mapping.path())) {
        same.add(other);
      }
    }
    return same;
  }

  /// Reads what `pid` has mapped now, to be known when it has ended.
  void read(int pid) {
    List<Mapping> mappings = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(maps(pid), StandardCharsets.ISO_8859_1)) {
        parse(pid, line).ifPresent(mappings::add);
      }
    } catch (IOException gone) {
      return;
    }
    if (!mappings.isEmpty()) {
      processes.put(pid, mappings);
    }
  }

  private Optional<Mapping> find(int pid, long address) {
    for (Mapping mapping : processes.getOrDefault(pid, List.of())) {
      if (mapping.holds(address)) {
        return Optional.of(mapping);
      }
    }
    return Optional.empty();
  }

  private static Path maps(int pid) {
    return Path.of("/proc/" + pid + "/maps");
  }

  /// `start-end perms offset dev inode path`, in columns; empty where no file is mapped.
  private static Optional<Mapping> parse(int pid, String line) {
    int slash = line.indexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    String[] columns = line.substring(0, slash).split(" +", -1);
    int hyphen = columns[0].indexOf('-');
    long start = Long.parseUnsignedLong(columns[0].substring(0, hyphen), 16);
    long end = Long.parseUnsignedLong(columns[0].substring(hyphen + 1), 16);
    String path = line.substring(slash);
    byte[] raw = path.getBytes(StandardCharsets.ISO_8859_1);
    Path named = Path.of(new String(raw, StandardCharsets.UTF_8));
    String range = Long.toHexString(start) + "-" + Long.toHexString(end);
    Path link = Path.of("/proc/" + pid + "/map_files/" + range);
    Path file = RunningProcess.reachable(named, link);
    long offset = Long.parseUnsignedLong(columns[2], 16);
    return Optional.of(new Mapping(start, end, offset, path, file));
  }
}
