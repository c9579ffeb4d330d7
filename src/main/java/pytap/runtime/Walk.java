package pytap.runtime;

import java.util.Arrays;

/// The entries of an array as they stood when a `foreach` began, in its order.
public final class Walk {
  /// Sort by nothing: the order of insertion.
  public static final int UNSORTED = 0;

  /// Sort by a number column of the key.
  public static final int BY_NUMBER_KEY = 1;

  /// Sort by a string column of the key.
  public static final int BY_TEXT_KEY = 2;

  /// Sort by the value.
  public static final int BY_VALUE = 3;

  /// Sort by a function of statistics; `column` says which.
  public static final int BY_AGGREGATE = 4;

  private final int size;
  private final int numberColumns;
  private final int textColumns;
  private final long[] keyNumbers;
  private final ByteString[] keyTexts;
  private final long[] numbers;
  private final ByteString[] texts;

  private Walk(AssociativeArray array, int[] entries, int size) {
    this.size = size;
    numberColumns = array.numberColumns;
    textColumns = array.textColumns;
    keyNumbers = new long[size * numberColumns];
    keyTexts = new ByteString[size * textColumns];
    boolean text = array.shape.text();
    boolean statistic = array.shape.statistic().isPresent();
    numbers = new long[text || statistic ? 0 : size];
    texts = new ByteString[text ? size : 0];
    for (int i = 0; i < size; i++) {
      int entry = entries[i];
      System.arraycopy(
          array.keyNumbers, entry * numberColumns, keyNumbers, i * numberColumns, numberColumns);
      System.arraycopy(array.keyTexts, entry * textColumns, keyTexts, i * textColumns, textColumns);
      if (text) {
        texts[i] = array.texts[entry];
      } else if (!statistic) {
        numbers[i] = array.numbers[entry];
      }
    }
  }

  /// Takes the entries of `array`, sorted; those that compare equal stay in the order of insertion.
  ///
  /// @param order one of the constants here
  /// @param column for the orders by key, the column among those of its kind; for the order by an
  ///   aggregate, one of [Statistic]'s functions
  /// @param limit at most so many entries; none where it is 0 or less
  public static Walk over(
      AssociativeArray array, int order, int column, boolean descending, long limit) {
    return over(array, order, column, descending, limit, 0);
  }

  /// Same, of the entries that agree with the array's key in the columns of `slice` only.
  public static Walk over(
      AssociativeArray array, int order, int column, boolean descending, long limit, long slice) {
    int[] entries = new int[array.size()];
    int count = 0;
    for (int entry = array.oldest; entry >= 0; entry = array.newer[entry]) {
      if (slice == 0 || array.isIn(slice, entry)) {
        entries[count++] = entry;
      }
    }
    entries = Arrays.copyOf(entries, count);
    if (order != UNSORTED) {
      entries = new EntrySort(array, order, column, descending).sort(entries);
    }
    return new Walk(array, entries, (int) Math.max(0, Math.min(limit, count)));
  }

  public int size() {
    return size;
  }

  public long keyNumber(int index, int column) {
    return keyNumbers[index * numberColumns + column];
  }

  public ByteString keyText(int index, int column) {
    return keyTexts[index * textColumns + column];
  }

  public long number(int index) {
    return numbers[index];
  }

  public ByteString text(int index) {
    return texts[index];
  }

  /// A stable merge sort of entry numbers, bottom up.
  private record EntrySort(AssociativeArray array, int order, int column, boolean descending) {

    int[] sort(int[] entries) {
      int[] from = entries;
      int[] to = new int[entries.length];
      for (int width = 1; width < entries.length; width *= 2) {
        for (int start = 0; start < entries.length; start += 2 * width) {
          int middle = Math.min(start + width, entries.length);
          merge(from, to, start, middle, Math.min(middle + width, entries.length));
        }
        int[] swapped = from;
        from = to;
        to = swapped;
      }
      return from;
    }

    private void merge(int[] from, int[] to, int start, int middle, int end) {
      int left = start;
      int right = middle;
      for (int at = start; at < end; at++) {
        if (left < middle && (right >= end || !mustSwap(from[left], from[right]))) {
          to[at] = from[left++];
        } else {
          to[at] = from[right++];
        }
      }
    }

    private boolean mustSwap(int left, int right) {
      int compared = compare(left, right);
      return descending ? compared < 0 : compared > 0;
    }

    private int compare(int left, int right) {
      return switch (order) {
        case BY_NUMBER_KEY ->
            Long.compare(
                array.keyNumbers[left * array.numberColumns + column],
                array.keyNumbers[right * array.numberColumns + column]);
        case BY_TEXT_KEY ->
            array.keyTexts[left * array.textColumns + column].compareTo(
                array.keyTexts[right * array.textColumns + column]);
        case BY_VALUE ->
            array.shape.text()
                ? array.texts[left].compareTo(array.texts[right])
                : Long.compare(array.numbers[left], array.numbers[right]);
        case BY_AGGREGATE ->
            Long.compare(
                array.statistics[left].value(column), array.statistics[right].value(column));
        default -> throw new IllegalStateException("no order " + order);
      };
    }
  }
}
