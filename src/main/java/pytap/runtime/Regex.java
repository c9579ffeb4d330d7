package pytap.runtime;

import java.util.Arrays;

/// A regular expression that looks for its leftmost match in a text, and of those for the longest.
/// Time is the product of the lengths of text and expression at most, whatever they are. Groups get
/// the parts that preferring more repetitions and earlier alternatives gives them.
///
/// One thread owns it: it keeps the state of a match.
public final class Regex {
  private static final int UNSET = -1;

  private final RegexProgram program;
  private final int bounds;
  private Threads current;
  private Threads following;
  private final int[] best;

  // The way through instructions that take no byte, instead of recursion. A negative entry puts
  // back a bound that was overwritten on the way.
  private int[] pending = new int[64];
  private int pendingCount;
  private final int[] scratch;

  private Regex(RegexProgram program) {
    this.program = program;
    int most = 0;
    for (int i = 0; i < program.size(); i++) {
      if (program.operation(i) == RegexProgram.SAVE) {
        most = Math.max(most, program.x(i));
      }
    }
    bounds = most + 1;
    current = new Threads(program.size(), bounds);
    following = new Threads(program.size(), bounds);
    best = new int[bounds];
    scratch = new int[bounds];
  }

  /// Threads of execution in the order of preference, at most one at each instruction.
  private static final class Threads {
    final int[] places;
    final int[] saved;
    private final int[] positions; // of an instruction in `places`, valid where they agree
    int count;

    Threads(int instructions, int bounds) {
      places = new int[instructions];
      positions = new int[instructions];
      saved = new int[instructions * bounds];
    }

    boolean has(int place) {
      int position = positions[place];
      return position < count && places[position] == place;
    }

    int add(int place) {
      positions[place] = count;
      places[count] = place;
      return count++;
    }
  }

  /// Makes the matcher of `pattern`.
  public static Regex compile(ByteString pattern) throws RegexSyntaxException {
    return new Regex(RegexParser.parse(pattern));
  }

  /// Whether `text` has a match; [#start] and [#end] then tell where.
  boolean find(ByteString text) {
    Arrays.fill(best, UNSET);
    current.count = 0;
    for (int at = 0; at <= text.length(); at++) {
      if (best[0] == UNSET) {
        Arrays.fill(scratch, UNSET);
        follow(current, 0, at, text.length());
      } else if (current.count == 0) {
        break;
      }
      following.count = 0;
      step(text, at);
      Threads swapped = current;
      current = following;
      following = swapped;
    }
    return best[0] != UNSET;
  }

  /// Runs every thread on the byte at `at`.
  private void step(ByteString text, int at) {
    for (int i = 0; i < current.count; i++) {
      int place = current.places[i];
      int operation = program.operation(place);
      int saved = i * bounds;
      if (operation != RegexProgram.MATCH && operation != RegexProgram.SET) {
        continue; // was followed already
      }
      if (best[0] != UNSET && current.saved[saved] > best[0]) {
        continue; // begins further right than a match that was found
      }
      if (operation == RegexProgram.MATCH) {
        boolean better = best[0] == UNSET || current.saved[saved] < best[0] || at > best[1];
        if (better) {
          System.arraycopy(current.saved, saved, best, 0, bounds);
        }
      } else if (at < text.length() && program.contains(program.x(place), text.byteAt(at))) {
        System.arraycopy(current.saved, saved, scratch, 0, bounds);
        follow(following, place + 1, at + 1, text.length());
      }
    }
  }

  /// Adds the threads that `start` comes to without taking a byte, the preferred first.
  private void follow(Threads threads, int start, int at, int length) {
    pendingCount = 0;
    push(start);
    while (pendingCount > 0) {
      int place = pending[--pendingCount];
      if (place < 0) {
        scratch[-1 - place] = pending[--pendingCount];
        continue;
      }
      if (threads.has(place)) {
        continue;
      }
      int position = threads.add(place);
      switch (program.operation(place)) {
        case RegexProgram.JUMP -> push(program.x(place));
        case RegexProgram.SPLIT -> {
          push(program.y(place));
          push(program.x(place));
        }
        case RegexProgram.SAVE -> {
          int bound = program.x(place);
          push(scratch[bound]);
          push(-1 - bound);
          scratch[bound] = at;
          push(place + 1);
        }
        case RegexProgram.START -> {
          if (at == 0) {
            push(place + 1);
          }
        }
        case RegexProgram.END -> {
          if (at == length) {
            push(place + 1);
          }
        }
        default -> System.arraycopy(scratch, 0, threads.saved, position * bounds, bounds);
      }
    }
  }

  private void push(int entry) {
    if (pendingCount == pending.length) {
      pending = Arrays.copyOf(pending, 2 * pendingCount);
    }
    pending[pendingCount++] = entry;
  }

  /// The number of groups, the whole match among them.
  int groups() {
    return bounds / 2;
  }

  /// Where group `number` of the last match begins, 0 being the whole; -1 where it took no part.
  int start(int number) {
    return best[2 * number];
  }

  /// Where it ends.
  int end(int number) {
    return best[2 * number + 1];
  }
}
