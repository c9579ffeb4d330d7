package pytap.gen;

/// Working memory of the site programs: slots of equal size, of which a hit takes a free one. A
/// slot begins with an 8-byte word that is 1 while the slot is taken; the record is built behind
/// it. Slots are taken by exchange, not by processor alone, because a program may be preempted.
///
/// @param slotBytes a power of two
/// @param slots a power of two, at least 4 for each processor
/// @param maxTextBytes the most bytes one text read can write
public record Scratch(int slotBytes, int slots, int maxTextBytes) {
  public static final int RECORD_OFFSET = 8;
  public static final int SLOTS_PER_PROCESSOR = 4;

  /// Slots for records of at most `recordBytes` on a machine with `processors`.
  public static Scratch of(int recordBytes, int processors, int maxTextBytes) {
    return new Scratch(
        powerOfTwo(RECORD_OFFSET + recordBytes),
        powerOfTwo(processors) * SLOTS_PER_PROCESSOR,
        maxTextBytes);
  }

  /// Size of the map's value: the slots, and room behind them that the kernel's verifier wants
  /// because it does not know that a record never outgrows its slot.
  public int valueBytes() {
    return slotBytes * slots + RECORD_OFFSET + slotBytes + maxTextBytes;
  }

  private static int powerOfTwo(int atLeast) {
    return Integer.highestOneBit(Math.max(8, atLeast) * 2 - 1);
  }
}
