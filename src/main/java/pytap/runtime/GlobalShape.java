package pytap.runtime;

import java.util.List;
import java.util.Optional;

/// A global variable as a machine needs it.
///
/// @param slot where its value lies among the machine's numbers, texts or arrays, by its kind
/// @param text its values are strings
/// @param textKeys for an array, whether each key is a string; empty for a scalar
/// @param maxEntries declared size of an array, 0 where it has none
/// @param wrap a full array replaces its oldest entry
/// @param initialNumber value of a number scalar at the start
/// @param initialText value of a string scalar at the start
/// @param printedAtEnd the script writes it and never reads it
/// @param statistic what its values keep, where they are statistics
public record GlobalShape(
    String name,
    int slot,
    boolean text,
    List<Boolean> textKeys,
    int maxEntries,
    boolean wrap,
    long initialNumber,
    ByteString initialText,
    boolean printedAtEnd,
    Optional<StatisticShape> statistic) {
  public GlobalShape {
    textKeys = List.copyOf(textKeys);
  }

  public boolean isArray() {
    return !textKeys.isEmpty();
  }
}
