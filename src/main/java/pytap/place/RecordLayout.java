package pytap.place;

import java.util.List;

/// Where each capture lies in a record. All numbers are little-endian.
///
/// ```
/// 0   u32 channel id
/// 4   u32 faults: bit i is set where slot i could not be read from the target's memory
/// 8   the slots, in order, each of its capture's size
/// fixedBytes: the bytes of the text slots, one after the other in the order of their slots, without
///     padding or NUL; each as long as its slot says
/// ```
///
/// @param fixedBytes size of the fixed part, a multiple of 8
public record RecordLayout(List<Slot> slots, int fixedBytes) {
  public static final int CHANNEL_OFFSET = 0;
  public static final int FAULTS_OFFSET = 4;
  public static final int HEADER_BYTES = 8;

  /// There are so many bits in `faults`.
  static final int MOST_SLOTS = 32;

  /// @param index position in the list of slots, and its bit in `faults`
  /// @param offset bytes from the start of the record
  public record Slot(int index, Capture capture, int offset) {}

  public RecordLayout {
    slots = List.copyOf(slots);
  }

  /// The highest number of an argument that is captured; 0 where none is.
  public int lastArgument() {
    int last = 0;
    for (Slot slot : slots) {
      last =
          Math.max(
              last,
              switch (slot.capture()) {
                case Capture.Number(Taken value) -> value.lastArgument();
                case Capture.Integer(Taken address, _) -> address.lastArgument();
                case Capture.Text(Taken address, _) -> address.lastArgument();
                case Capture.OfFact _, Capture.Stack _ -> 0;
              });
    }
    return last;
  }

  /// Lays `captures` out one after the other.
  ///
  /// @param captures at most [#MOST_SLOTS], all different
  public static RecordLayout of(List<Capture> captures) {
    if (captures.size() > MOST_SLOTS) {
      throw new IllegalStateException(
          "a probe captures " + captures.size() + " values, limit " + MOST_SLOTS);
    }
    Slot[] slots = new Slot[captures.size()];
    int offset = HEADER_BYTES;
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot(i, captures.get(i), offset);
      offset += captures.get(i).sizeBytes();
    }
    return new RecordLayout(List.of(slots), offset);
  }
}
