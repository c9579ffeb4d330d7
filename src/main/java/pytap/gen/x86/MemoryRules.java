package pytap.gen.x86;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import pytap.source.FormatException;

/// Which memory a program may touch.
final class MemoryRules {
  static final int STACK_BYTES = 512;

  /// No offset into a region is anywhere near this.
  private static final long MAX_OFFSET = 1L << 31;

  private final Contract contract;
  private final Map<Integer, Integer> stackBytes = new HashMap<>();

  MemoryRules(Contract contract) {
    this.contract = contract;
  }

  /// How much stack each function touches, by its first slot.
  Map<Integer, Integer> stackBytes() {
    return stackBytes;
  }

  Contract.MapShape map(int slot, int number) throws FormatException {
    if (number < 0 || number >= contract.maps().size()) {
      throw ControlFlow.odd(slot, "map " + number + " does not exist");
    }
    return contract.maps().get(number);
  }

  /// Requires that `bytes` at `offset` from `base` may be read, or also written where `write`.
  ///
  /// @param active the first slots of the active functions, outermost first
  Value.Pointer check(
      int slot, Value base, int offset, long bytes, boolean write, List<Integer> active)
      throws FormatException {
    if (!(base instanceof Value.Pointer pointer)) {
      throw ControlFlow.odd(slot, "memory is accessed through what is no pointer: " + base);
    }
    if (pointer.maybeNull()) {
      throw ControlFlow.odd(slot, "a pointer that may be null was not compared with 0");
    }
    if (Long.compareUnsigned(bytes, MAX_OFFSET) >= 0) {
      throw ControlFlow.odd(slot, "a size without a bound");
    }
    Scalar at = pointer.offset().add(Scalar.constant(offset));
    switch (pointer.region()) {
      case Value.Region.Frame frame -> stack(slot, at, bytes, active.get(frame.depth()));
      case Value.Region.Context _ -> {
        if (write && !contract.contextWritable()) {
          throw ControlFlow.odd(slot, "a store to the context, which is read-only");
        }
        bounded(slot, at, bytes, contract.contextBytes());
      }
      case Value.Region.Array array -> bounded(slot, at, bytes, valueBytes(slot, array.map()));
      case Value.Region.Entry entry -> bounded(slot, at, bytes, valueBytes(slot, entry.map()));
      case Value.Region.RingRecord ring -> bounded(slot, at, bytes, ring.bytes());
    }
    return new Value.Pointer(pointer.region(), at);
  }

  int valueBytes(int slot, int map) throws FormatException {
    return switch (map(slot, map)) {
      case Contract.MapShape.Array array -> array.valueBytes();
      case Contract.MapShape.Hash hash -> hash.valueBytes();
      case Contract.MapShape.Ring _ -> throw ControlFlow.odd(slot, "a ring has no values");
    };
  }

  int keyBytes(int slot, int map) throws FormatException {
    return switch (map(slot, map)) {
      case Contract.MapShape.Array _ -> Integer.BYTES;
      case Contract.MapShape.Hash hash -> hash.keyBytes();
      case Contract.MapShape.Ring _ -> throw ControlFlow.odd(slot, "a ring has no keys");
    };
  }

  private void stack(int slot, Scalar at, long bytes, int function) throws FormatException {
    if (!at.isConstant()) {
      throw ControlFlow.odd(slot, "the stack is accessed at an offset that is not constant");
    }
    long from = at.value();
    if (from < -STACK_BYTES || from > 0 || from + bytes > 0) {
      throw ControlFlow.odd(slot, bytes + " bytes at " + from + " are outside of the stack");
    }
    stackBytes.merge(function, (int) -from, Math::max);
  }

  private static void bounded(int slot, Scalar at, long bytes, int limit) throws FormatException {
    boolean inside = Long.compareUnsigned(at.max(), MAX_OFFSET) < 0 && at.max() + bytes <= limit;
    if (!inside) {
      throw ControlFlow.odd(
          slot,
          bytes
              + " bytes at up to "
              + Long.toUnsignedString(at.max())
              + " are outside of the "
              + limit
              + " bytes there");
    }
  }
}
