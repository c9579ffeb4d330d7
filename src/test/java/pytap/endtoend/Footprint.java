package pytap.endtoend;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a tracer may have changed about a process, read from outside.
///
/// @param changedCode where executable memory differs from the file it is mapped from, as ranges
///   `FILE+OFFSET:LENGTH`
/// @param regions the mappings of memory that pytap brought
/// @param mappings every mapping but the heap's and those of regions: address range, permissions,
///   file
/// @param descriptors number and file of every open descriptor
record Footprint(
    List<String> changedCode,
    List<String> regions,
    List<String> mappings,
    Map<Integer, String> descriptors) {

  private static final Pattern MAPPING =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) (\\S+) ([0-9a-f]+) \\S+ \\d+ *(.*)");
  private static final int CLOSE = 16;

  static Footprint of(long pid) {
    Path process = Path.of("/proc", Long.toString(living(pid)));
    List<String> changedCode = new ArrayList<>();
    List<String> regions = new ArrayList<>();
    List<String> mappings = new ArrayList<>();
    try (RandomAccessFile memory = new RandomAccessFile(process.resolve("mem").toFile(), "r")) {
      String regionEnd = "";
      for (String line : Files.readAllLines(process.resolve("maps"))) {
        Matcher mapping = MAPPING.matcher(line);
        if (!mapping.matches()) {
          throw new AssertionError("a line of maps: " + line);
        }
        String file = mapping.group(5);
        boolean continuesRegion = file.isEmpty() && mapping.group(1).equals(regionEnd);
        if (file.contains("memfd:pytap") || continuesRegion) {
          regions.add(mapping.group(1) + "-" + mapping.group(2) + " " + mapping.group(3) + file);
          regionEnd = mapping.group(2);
        } else if (!file.equals("[heap]")) {
          mappings.add(mapping.group(1) + "-" + mapping.group(2) + " " + mapping.group(3) + file);
        }
        if (file.startsWith("/") && mapping.group(3).contains("x") && !file.contains("memfd:")) {
          changedCode.addAll(changes(process, memory, mapping));
        }
      }
      return new Footprint(changedCode, regions, mappings, descriptors(process));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// How many regions there are, each of which is several mappings.
  int countRegions() {
    return (int) regions.stream().filter(mapping -> mapping.contains(" r-xp/")).count();
  }

  /// A thread by which the process can be looked at: its first may have ended before the others.
  private static long living(long pid) {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return threads
          .filter(thread -> state(thread) != 'Z' && state(thread) != 0)
          .mapToLong(thread -> Long.parseLong(thread.getFileName().toString()))
          .min()
          .orElse(pid);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// 0 where it is gone.
  private static char state(Path thread) {
    try {
      String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException gone) {
      return 0;
    }
  }

  private static List<String> changes(Path process, RandomAccessFile memory, Matcher mapping)
      throws IOException {
    long start = Long.parseUnsignedLong(mapping.group(1), 16);
    int length = (int) (Long.parseUnsignedLong(mapping.group(2), 16) - start);
    byte[] here = new byte[length];
    memory.seek(start);
    memory.readFully(here);
    byte[] there = new byte[length];
    String range = Long.toHexString(start) + "-" + Long.toHexString(start + length);
    Path mapped = process.resolve("map_files").resolve(range);
    try (RandomAccessFile file = new RandomAccessFile(mapped.toFile(), "r")) {
      long offset = Long.parseUnsignedLong(mapping.group(4), 16);
      file.seek(offset);
      file.readFully(there, 0, (int) Math.min(length, file.length() - offset));
    }
    return ranges(here, there, mapping);
  }

  private static List<String> ranges(byte[] here, byte[] there, Matcher mapping) {
    List<String> ranges = new ArrayList<>();
    long offset = Long.parseUnsignedLong(mapping.group(4), 16);
    int from = -1;
    int last = -1;
    for (int i = 0; i <= here.length; i++) {
      boolean differs = i < here.length && here[i] != there[i];
      if (from >= 0 && (i == here.length || (differs && i - last > CLOSE))) {
        ranges.add("%s+0x%x:%d".formatted(mapping.group(5), offset + from, last + 1 - from));
        from = -1;
      }
      if (differs) {
        from = from < 0 ? i : from;
        last = i;
      }
    }
    return ranges;
  }

  private static Map<Integer, String> descriptors(Path process) throws IOException {
    Map<Integer, String> descriptors = new TreeMap<>();
    try (Stream<Path> links = Files.list(process.resolve("fd"))) {
      for (Path link : links.toList()) {
        target(link)
            .ifPresent(
                file -> descriptors.put(Integer.parseInt(link.getFileName().toString()), file));
      }
    }
    return descriptors;
  }

  /// Absent where the descriptor has been closed meanwhile.
  private static Optional<String> target(Path link) throws IOException {
    try {
      return Optional.of(Files.readSymbolicLink(link).toString());
    } catch (NoSuchFileException closed) {
      return Optional.empty();
    }
  }

  /// The threads that a signal or a tracer has stopped, as `TID STATE`.
  static List<String> stoppedThreads(long pid) {
    List<String> stopped = new ArrayList<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads.toList()) {
        char state = state(thread);
        if (state == 't' || state == 'T') {
          stopped.add(thread.getFileName() + " " + state);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return stopped;
  }
}
