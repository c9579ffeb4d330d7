package pytap.runtime;

import java.util.Arrays;
import java.util.Optional;

/// A script's associative array: keys of one or more numbers and strings, a number or a string as
/// value, entries in the order of their insertion.
///
/// A caller sets every key column with [#key(int, long)] or [#key(int, ByteString)] and then calls
/// one operation, which uses up that key. Number columns and string columns are counted apart, each
/// from 0.
public final class AssociativeArray {
  private static final int FIRST_CAPACITY = 16;
  private static final int NONE = -1;

  final GlobalShape shape;
  private final int maxEntries;
  private final boolean isText;
  private final boolean isStatistic;
  private final Optional<Statistic> empty;
  final int numberColumns;
  final int textColumns;

  // The key of the operation to come.
  private final long[] wantedNumbers;
  private final ByteString[] wantedTexts;

  // Entries: their keys column by column within an entry, their value, and a list by age.
  long[] keyNumbers;
  ByteString[] keyTexts;
  long[] numbers;
  ByteString[] texts;
  Statistic[] statistics;
  private int[] hashes;
  int[] newer;
  private int[] older;
  int oldest = NONE;
  private int newest = NONE;
  private int firstFree = NONE;
  private int used; // entries ever handed out since the last clear
  private int size;

  // Open addressing with linear probing: entry + 1, or 0 for none.
  private int[] table;

  AssociativeArray(GlobalShape shape, Limits limits) {
    this.shape = shape;
    this.maxEntries = shape.maxEntries() > 0 ? shape.maxEntries() : limits.maxMapEntries();
    int textCount = 0;
    for (Boolean text : shape.textKeys()) {
      textCount += text ? 1 : 0;
    }
    textColumns = textCount;
    numberColumns = shape.textKeys().size() - textCount;
    wantedNumbers = new long[numberColumns];
    wantedTexts = new ByteString[textColumns];
    Arrays.fill(wantedTexts, ByteString.EMPTY);
    int capacity = Math.min(FIRST_CAPACITY, maxEntries);
    keyNumbers = new long[capacity * numberColumns];
    keyTexts = new ByteString[capacity * textColumns];
    isText = shape.text();
    isStatistic = shape.statistic().isPresent();
    empty = shape.statistic().map(Statistic::new);
    numbers = new long[isText || isStatistic ? 0 : capacity];
    texts = new ByteString[isText ? capacity : 0];
    statistics = new Statistic[isStatistic ? capacity : 0];
    hashes = new int[capacity];
    newer = new int[capacity];
    older = new int[capacity];
    table = new int[2 * FIRST_CAPACITY];
  }

  public int size() {
    return size;
  }

  /// Sets number column `column` of the key.
  public void key(int column, long value) {
    wantedNumbers[column] = value;
  }

  /// Sets string column `column` of the key.
  public void key(int column, ByteString value) {
    wantedTexts[column] = value;
  }

  /// The number at the key; 0 where there is no entry.
  public long number() {
    int entry = find(hash());
    return entry == NONE ? 0 : numbers[entry];
  }

  /// The string at the key; empty where there is no entry.
  public ByteString text() {
    int entry = find(hash());
    return entry == NONE ? ByteString.EMPTY : texts[entry];
  }

  /// 1 where there is an entry at the key, else 0.
  public long contains() {
    return find(hash()) == NONE ? 0 : 1;
  }

  /// Stores a number at the key.
  public void put(long value, Site site) {
    int entry = findOrInsert(site); // may grow, and so replace, the column
    numbers[entry] = value;
  }

  /// Stores a string at the key.
  public void put(ByteString value, Site site) {
    int entry = findOrInsert(site);
    texts[entry] = value;
  }

  /// Adds to the number at the key and gives the sum.
  public long add(long delta, Site site) {
    int entry = findOrInsert(site);
    long sum = numbers[entry] + delta;
    numbers[entry] = sum;
    return sum;
  }

  /// Adds `value` to the statistic at the key.
  public void accumulate(long value, Site site) {
    int entry = findOrInsert(site);
    statistics[entry].add(value);
  }

  /// The statistic at the key; one without values where there is no entry.
  public Statistic statistic() {
    int entry = find(hash());
    return entry == NONE ? empty.orElseThrow() : statistics[entry];
  }

  /// Removes the entry at the key, where there is one.
  public void remove() {
    int entry = find(hash());
    if (entry != NONE) {
      removeEntry(entry);
    }
  }

  /// 1 where there is an entry that agrees with the key in the columns of `slice`, else 0.
  public long containsSlice(long slice) {
    for (int entry = oldest; entry != NONE; entry = newer[entry]) {
      if (isIn(slice, entry)) {
        return 1;
      }
    }
    return 0;
  }

  /// Removes the entries that agree with the key in the columns of `slice`.
  public void removeSlice(long slice) {
    int next;
    for (int entry = oldest; entry != NONE; entry = next) {
      next = newer[entry];
      if (isIn(slice, entry)) {
        removeEntry(entry);
      }
    }
  }

  /// Whether `entry` agrees with the key in the columns of `slice`: bit c stands for number column
  /// c, bit 32 + c for string column c.
  boolean isIn(long slice, int entry) {
    for (int i = 0; i < numberColumns; i++) {
      if ((slice >>> i & 1) != 0 && keyNumbers[entry * numberColumns + i] != wantedNumbers[i]) {
        return false;
      }
    }
    for (int i = 0; i < textColumns; i++) {
      if ((slice >>> 32 + i & 1) != 0
          && !keyTexts[entry * textColumns + i].equals(wantedTexts[i])) {
        return false;
      }
    }
    return true;
  }

  /// Removes every entry.
  public void clear() {
    Arrays.fill(table, 0);
    Arrays.fill(keyTexts, 0, used * textColumns, ByteString.EMPTY);
    if (isText) {
      Arrays.fill(texts, 0, used, ByteString.EMPTY);
    }
    used = 0;
    size = 0;
    firstFree = NONE;
    oldest = NONE;
    newest = NONE;
  }

  private int findOrInsert(Site site) {
    int hash = hash();
    int entry = find(hash);
    return entry == NONE ? insert(hash, site) : entry;
  }

  private int hash() {
    long mixed = 0;
    for (int i = 0; i < wantedNumbers.length; i++) {
      mixed = (mixed ^ wantedNumbers[i]) * 0x9E3779B97F4A7C15L; // 2^64 / golden ratio, odd
      mixed ^= mixed >>> 32;
    }
    for (int i = 0; i < wantedTexts.length; i++) {
      mixed = (mixed ^ wantedTexts[i].hashCode()) * 0x9E3779B97F4A7C15L;
      mixed ^= mixed >>> 32;
    }
    return (int) mixed;
  }

  private int find(int hash) {
    int[] slots = table;
    int mask = slots.length - 1;
    for (int at = hash & mask; slots[at] != 0; at = (at + 1) & mask) {
      int entry = slots[at] - 1;
      if (hashes[entry] == hash && hasWantedKey(entry)) {
        return entry;
      }
    }
    return NONE;
  }

  private boolean hasWantedKey(int entry) {
    int first = entry * numberColumns;
    for (int i = 0; i < wantedNumbers.length; i++) {
      if (keyNumbers[first + i] != wantedNumbers[i]) {
        return false;
      }
    }
    first = entry * textColumns;
    for (int i = 0; i < wantedTexts.length; i++) {
      if (!keyTexts[first + i].equals(wantedTexts[i])) {
        return false;
      }
    }
    return true;
  }

  private int insert(int hash, Site site) {
    if (size == maxEntries) {
      if (!shape.wrap()) {
        throw overflow(site);
      }
      removeEntry(oldest);
    }
    int entry = takeFreeEntry();
    System.arraycopy(wantedNumbers, 0, keyNumbers, entry * numberColumns, numberColumns);
    System.arraycopy(wantedTexts, 0, keyTexts, entry * textColumns, textColumns);
    if (isText) {
      texts[entry] = ByteString.EMPTY;
    } else if (isStatistic) {
      statistics[entry] = new Statistic(empty.orElseThrow().shape);
    } else {
      numbers[entry] = 0;
    }
    hashes[entry] = hash;
    appendToAges(entry);
    placeInTable(table, entry, hash);
    size++;
    return entry;
  }

  private ScriptError overflow(Site site) {
    String check =
        shape.maxEntries() > 0 ? "size limit (" + shape.maxEntries() + ")" : "MAXMAPENTRIES";
    return ScriptError.at(site, "Array overflow, check " + check);
  }

  private int takeFreeEntry() {
    if (firstFree != NONE) {
      int entry = firstFree;
      firstFree = newer[entry];
      return entry;
    }
    if (used == hashes.length) {
      grow();
    }
    return used++;
  }

  private void grow() {
    int capacity = (int) Math.min(2L * hashes.length, maxEntries);
    keyNumbers = Arrays.copyOf(keyNumbers, capacity * numberColumns);
    keyTexts = Arrays.copyOf(keyTexts, capacity * textColumns);
    if (isText) {
      texts = Arrays.copyOf(texts, capacity);
    } else if (isStatistic) {
      statistics = Arrays.copyOf(statistics, capacity);
    } else {
      numbers = Arrays.copyOf(numbers, capacity);
    }
    hashes = Arrays.copyOf(hashes, capacity);
    newer = Arrays.copyOf(newer, capacity);
    older = Arrays.copyOf(older, capacity);
    int[] wider = new int[Math.max(table.length, Integer.highestOneBit(capacity) * 4)];
    for (int entry = oldest; entry != NONE; entry = newer[entry]) {
      placeInTable(wider, entry, hashes[entry]);
    }
    table = wider;
  }

  private static void placeInTable(int[] slots, int entry, int hash) {
    int mask = slots.length - 1;
    int at = hash & mask;
    while (slots[at] != 0) {
      at = (at + 1) & mask;
    }
    slots[at] = entry + 1;
  }

  private void removeEntry(int entry) {
    removeFromTable(entry);
    removeFromAges(entry);
    Arrays.fill(keyTexts, entry * textColumns, (entry + 1) * textColumns, ByteString.EMPTY);
    if (isText) {
      texts[entry] = ByteString.EMPTY;
    }
    newer[entry] = firstFree;
    firstFree = entry;
    size--;
  }

  /// Closes the gap by moving back every follower that may stand there.
  private void removeFromTable(int entry) {
    int mask = table.length - 1;
    int gap = hashes[entry] & mask;
    while (table[gap] != entry + 1) {
      gap = (gap + 1) & mask;
    }
    int at = gap;
    while (true) {
      at = (at + 1) & mask;
      if (table[at] == 0) {
        table[gap] = 0;
        return;
      }
      int home = hashes[table[at] - 1] & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        table[gap] = table[at];
        gap = at;
      }
    }
  }

  private void appendToAges(int entry) {
    newer[entry] = NONE;
    older[entry] = newest;
    if (newest == NONE) {
      oldest = entry;
    } else {
      newer[newest] = entry;
    }
    newest = entry;
  }

  private void removeFromAges(int entry) {
    if (older[entry] == NONE) {
      oldest = newer[entry];
    } else {
      newer[older[entry]] = newer[entry];
    }
    if (newer[entry] == NONE) {
      newest = older[entry];
    } else {
      older[newer[entry]] = older[entry];
    }
  }
}
