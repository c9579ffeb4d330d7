package pytap.gen.x86;

import java.util.List;

/// What a program may rely on, and so what it may touch.
///
/// @param contextBytes size of the memory that R1 points to at the start
/// @param contextWritable whether the program may write there
/// @param maps the maps by the number that programs use
public record Contract(int contextBytes, boolean contextWritable, List<MapShape> maps) {
  public Contract {
    maps = List.copyOf(maps);
  }

  /// A map as far as memory safety asks.
  public sealed interface MapShape {
    /// Values in a row, each rounded up to 8 bytes; the key is a 4-byte index.
    record Array(int valueBytes, int entries) implements MapShape {}

    /// Values that a lookup finds or not.
    record Hash(int keyBytes, int valueBytes) implements MapShape {}

    /// Records in the order in which they were reserved.
    record Ring() implements MapShape {}
  }
}
