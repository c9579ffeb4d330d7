package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The registers of one system call and the memory its arguments point to, which lives until the
/// call is over.
public final class CallFrame {
  private final Arena arena;
  private long number;
  private final long[] arguments = new long[6];
  private MemorySegment attributes = MemorySegment.NULL;

  CallFrame(Arena arena) {
    this.arena = arena;
  }

  /// Sets the call's number and its arguments; those not given are 0.
  void set(long number, long... arguments) {
    this.number = number;
    System.arraycopy(arguments, 0, this.arguments, 0, arguments.length);
  }

  long number() {
    return number;
  }

  long argument(int index) {
    return arguments[index];
  }

  /// Zeroed memory, aligned to 8 bytes.
  MemorySegment memory(long sizeBytes) {
    return arena.allocate(sizeBytes, 8);
  }

  /// The zeroed block of parameters of the call, found again by [#attributes()] afterwards.
  MemorySegment attributes(long sizeBytes) {
    attributes = memory(sizeBytes);
    return attributes;
  }

  MemorySegment attributes() {
    return attributes;
  }

  /// The address of `text` as UTF-8 with a final zero.
  long text(String text) {
    return arena.allocateFrom(text).address();
  }

  /// The address of a copy of `values`, 8 bytes each; 0 for none.
  long longs(List<Long> values) {
    if (values.isEmpty()) {
      return 0;
    }
    MemorySegment copy = memory(8L * values.size());
    for (int i = 0; i < values.size(); i++) {
      copy.setAtIndex(Native.LONG, i, values.get(i));
    }
    return copy.address();
  }

  /// The address of a copy of `values`, 4 bytes each.
  long ints(List<Integer> values) {
    MemorySegment copy = memory(4L * values.size());
    for (int i = 0; i < values.size(); i++) {
      copy.setAtIndex(Native.INT, i, values.get(i));
    }
    return copy.address();
  }

  /// The address of a copy of `bytes`; 0 for none.
  long bytes(byte[] bytes) {
    if (bytes.length == 0) {
      return 0;
    }
    MemorySegment copy = memory(bytes.length);
    MemorySegment.copy(bytes, 0, copy, Native.BYTE, 0, bytes.length);
    return copy.address();
  }
}
