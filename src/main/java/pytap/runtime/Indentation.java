package pytap.runtime;

import java.util.Arrays;

/// How deep each thread's indentation is, and since when: the state behind `thread_indent` and
/// `indent`.
final class Indentation {
  /// The thread id that stands for `indent()`, which belongs to no thread.
  static final long NO_THREAD = -1;

  private static final long EMPTY = Long.MIN_VALUE;

  private long[] threads = filled(16);
  private long[] depths = new long[16];
  private long[] starts = new long[16];
  private int count;

  /// Appends to `out` microseconds since the outermost call, right-aligned in six columns, then
  /// `DESCRIPTION:` and a space for each level. A positive `delta` counts before the line, a
  /// negative one behind it, and the first level is not indented.
  void append(long thread, ByteString name, long nowMicros, long delta, OutputBuffer out) {
    int at = place(thread);
    if (depths[at] == 0) {
      starts[at] = nowMicros;
    }
    long depth = step(at, delta);
    Printf.number(nowMicros - starts[at], Printf.SIGNED, Printf.FLAG_NONE, 6, Printf.ABSENT, out);
    out.octet(' ');
    if (thread != NO_THREAD) {
      out.text(name);
      out.octet('(');
      out.decimal(thread);
      out.octet(')');
    }
    out.octet(':');
    out.fill(' ', (int) Math.clamp(depth - 1, 0L, 8192L));
  }

  /// Counts `delta` and gives how far the call that `thread` is at is indented: the outermost is at
  /// 0.
  long depth(long thread, long delta) {
    return Math.max(0, step(place(thread), delta) - 1);
  }

  private long step(int at, long delta) {
    long depth = depths[at] + Math.max(0, delta);
    depths[at] += delta;
    return depth;
  }

  private int place(long thread) {
    int mask = threads.length - 1;
    int at = (int) thread & mask;
    while (threads[at] != EMPTY) {
      if (threads[at] == thread) {
        return at;
      }
      at = (at + 1) & mask;
    }
    if (2 * ++count > threads.length) {
      grow();
      return place(thread);
    }
    threads[at] = thread;
    return at;
  }

  private void grow() {
    long[] oldThreads = threads;
    long[] oldDepths = depths;
    long[] oldStarts = starts;
    count = 0;
    threads = filled(2 * oldThreads.length);
    depths = new long[threads.length];
    starts = new long[threads.length];
    for (int i = 0; i < oldThreads.length; i++) {
      if (oldThreads[i] != EMPTY) {
        int at = place(oldThreads[i]);
        depths[at] = oldDepths[i];
        starts[at] = oldStarts[i];
      }
    }
  }

  private static long[] filled(int length) {
    long[] empty = new long[length];
    Arrays.fill(empty, EMPTY);
    return empty;
  }
}
