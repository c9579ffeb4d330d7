package pytap.endtoend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What happened between `workload_begin()` and `workload_end()`: per thread, in the order of their
/// first events, the events in order. An event is `entry FILE FUNCTION LINE` or `return ...`.
record Section(List<List<String>> threads) {

  private static final int CONTEXT_EVENTS = 5;

  Section {
    threads = threads.stream().map(List::copyOf).toList();
  }

  /// From what a tracer printed, one `TID EVENT FILE FUNCTION LINE` per line in any mixture of
  /// threads. Lines of other shapes are ignored. Threads other than the main one live inside the
  /// section and are kept whole.
  static Section cut(String printed) {
    return cut(
        printed.lines().filter(line -> line.matches("\\d+ (entry|return) .*")).toList(),
        begin -> begin.contains(" return "));
  }

  /// The same of one `TID line FILE FUNCTION LINE` per line: from what follows the line of
  /// `workload_begin()` to what comes before that of `workload_end()`. The two lines that the main
  /// thread runs until all others have ended are left out: it may do so any number of times.
  static Section cutLines(String printed) {
    return cut(
        printed
            .lines()
            .filter(line -> line.matches("\\d+ line .*"))
            .filter(line -> !line.matches(".* threads (1161|1162)"))
            .toList(),
        _ -> true);
  }

  private static Section cut(List<String> lines, Predicate<String> begins) {
    String mainThread =
        lines.stream()
            .filter(line -> line.contains(" workload_begin "))
            .map(Section::thread)
            .findFirst()
            .orElse("");
    Map<String, List<String>> threads = new LinkedHashMap<>();
    boolean inside = false;
    for (String line : lines) {
      if (thread(line).equals(mainThread)) {
        if (line.contains(" workload_begin ")) {
          inside = begins.test(line);
          continue;
        }
        inside &= !line.contains(" workload_end ");
        if (!inside) {
          continue;
        }
      }
      threads.computeIfAbsent(thread(line), _ -> new ArrayList<>()).add(event(line));
    }
    return new Section(List.copyOf(threads.values()));
  }

  /// From what `oracle.py --kinds` wrote, without the events of the given kinds.
  static Section recorded(List<String> lines, List<String> kindsWithout) {
    Map<String, List<String>> threads = new LinkedHashMap<>();
    for (String line : lines) {
      List<String> events = threads.computeIfAbsent(thread(line), _ -> new ArrayList<>());
      int kindAt = line.lastIndexOf(' ');
      if (!kindsWithout.contains(line.substring(kindAt + 1))) {
        events.add(event(line.substring(0, kindAt)));
      }
    }
    return new Section(List.copyOf(threads.values()));
  }

  int eventCount() {
    return threads.stream().mapToInt(List::size).sum();
  }

  /// Where `found` first differs from this, with what stands before and after; empty where it does
  /// not.
  Optional<String> difference(Section found) {
    for (int thread = 0; thread < Math.max(threads.size(), found.threads.size()); thread++) {
      List<String> here = thread < threads.size() ? threads.get(thread) : List.of();
      List<String> there = thread < found.threads.size() ? found.threads.get(thread) : List.of();
      if (!here.equals(there)) {
        return Optional.of(difference(thread, here, there));
      }
    }
    return Optional.empty();
  }

  private static String difference(int thread, List<String> expected, List<String> found) {
    int at = 0;
    while (at < Math.min(expected.size(), found.size()) && expected.get(at).equals(found.get(at))) {
      at++;
    }
    return Stream.of(
            "thread %d differs from event %d on (%d expected, %d found)"
                .formatted(thread, at, expected.size(), found.size()),
            window("  ", expected, Math.max(0, at - CONTEXT_EVENTS), at),
            window("- ", expected, at, at + 1 + CONTEXT_EVENTS),
            window("+ ", found, at, at + 1 + CONTEXT_EVENTS))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  private static String window(String mark, List<String> events, int from, int to) {
    return events.stream()
        .skip(from)
        .limit(to - from)
        .map(event -> mark + event)
        .collect(Collectors.joining("\n"));
  }

  private static String thread(String line) {
    return line.substring(0, line.indexOf(' '));
  }

  private static String event(String line) {
    return line.substring(line.indexOf(' ') + 1);
  }
}
