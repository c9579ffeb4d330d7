package pytap.runtime;

import java.util.Arrays;

/// A regular expression as instructions of an abstract machine (K. Thompson, "Regular Expression
/// Search Algorithm", 1968; R. Cox, "Regular Expression Matching: the Virtual Machine Approach",
/// 2009).
final class RegexProgram {
  /// Takes one byte that is in set `x`.
  static final int SET = 0;

  /// Goes to `x`, and with less preference to `y`.
  static final int SPLIT = 1;

  /// Goes to `x`.
  static final int JUMP = 2;

  /// Notes the position as bound `x` of the groups: two for each.
  static final int SAVE = 3;

  /// Goes on only at the start of the text.
  static final int START = 4;

  /// Goes on only at the end of the text.
  static final int END = 5;

  static final int MATCH = 6;

  /// An expression that needs more is refused.
  static final int MOST_INSTRUCTIONS = 20_000;

  private int[] operations = new int[64];
  private int[] first = new int[64];
  private int[] second = new int[64];
  private long[] sets = new long[16]; // four words for each set
  private int size;
  private int setCount;

  int size() {
    return size;
  }

  int operation(int at) {
    return operations[at];
  }

  int x(int at) {
    return first[at];
  }

  int y(int at) {
    return second[at];
  }

  boolean contains(int set, int octet) {
    return (sets[4 * set + (octet >> 6)] >>> (octet & 63) & 1) != 0;
  }

  /// Appends an instruction and gives its place.
  int add(int operation, int x, int y) throws RegexSyntaxException {
    if (size == MOST_INSTRUCTIONS) {
      throw new RegexSyntaxException("regex is too large", 0);
    }
    if (size == operations.length) {
      operations = Arrays.copyOf(operations, 2 * size);
      first = Arrays.copyOf(first, 2 * size);
      second = Arrays.copyOf(second, 2 * size);
    }
    operations[size] = operation;
    first[size] = x;
    second[size] = y;
    return size++;
  }

  void setX(int at, int x) {
    first[at] = x;
  }

  void setY(int at, int y) {
    second[at] = y;
  }

  /// Appends a set of bytes, four words of 64 bits, and gives its number.
  int addSet(long[] words) {
    if (4 * setCount == sets.length) {
      sets = Arrays.copyOf(sets, 2 * sets.length);
    }
    System.arraycopy(words, 0, sets, 4 * setCount, 4);
    return setCount++;
  }
}
