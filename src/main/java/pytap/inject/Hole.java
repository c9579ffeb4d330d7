package pytap.inject;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import pytap.target.Mapping;

/// Finds free addresses near code.
final class Hole {
  private static final long REACH = 1L << 31;

  /// What jumps and the data that displaced instructions name may lie beyond the code itself.
  private static final long MARGIN = 64L << 20;

  private static final long PAGE_BYTES = 4096;

  /// Below, addresses look like the small numbers that stacks are full of.
  private static final long LOWEST = 1 << 28;

  /// A stack grows into what is free below it, up to its limit.
  private static final String STACK = "[stack]";

  private record Candidate(long address, long distance, boolean aboveHeap) {}

  private Hole() {}

  /// Whether `sizeBytes` at `base` lie within reach of the code, and the code of them.
  static boolean reaches(long textStart, long textEnd, long base, long sizeBytes) {
    return base >= textEnd - REACH + MARGIN && base + sizeBytes <= textStart + REACH - MARGIN;
  }

  /// The start of `sizeBytes` free bytes. The first `nearBytes` of them lie within reach of a jump
  /// of 32 bits from everywhere in the code and back, and so does what lies around the code.
  static OptionalLong find(
      List<Mapping> mappings, long textStart, long textEnd, long nearBytes, long sizeBytes) {
    long lowest = Math.max(LOWEST, textEnd - REACH + MARGIN);
    long highest = textStart + REACH - MARGIN - nearBytes;
    List<Candidate> found = new ArrayList<>();
    long free = 0;
    boolean aboveHeap = false;
    for (Mapping mapping : mappings) {
      if (mapping.start() < 0) {
        break; // the kernel's
      }
      long address = Math.min(highest, mapping.start() - PAGE_BYTES - sizeBytes) & -PAGE_BYTES;
      if (address >= Math.max(free + PAGE_BYTES, lowest) && !mapping.path().equals(STACK)) {
        found.add(new Candidate(address, Math.abs(address - textStart), aboveHeap));
      }
      free = mapping.end();
      // The heap grows into what is free above it, and begins a little above the program.
      aboveHeap = mapping.isWritable() && isProgram(mapping, mappings);
    }
    return found.stream()
        .min(Comparator.comparing(Candidate::aboveHeap).thenComparingLong(Candidate::distance))
        .map(candidate -> OptionalLong.of(candidate.address()))
        .orElse(OptionalLong.empty());
  }

  private static boolean isProgram(Mapping mapping, List<Mapping> mappings) {
    return mapping.path().equals("[heap]")
        || mapping.path().equals(mappings.getFirst().path())
        || mapping.path().isEmpty() && mapping.start() - mappings.getFirst().start() < REACH;
  }
}
