package pytap.gen.x86;

import java.util.Optional;
import pytap.asm.bpf.Alu;

/// What is known of a number: bits and an unsigned range, both always true of the actual value.
///
/// @param value the bits that are known to be 1
/// @param mask the bits that are not known
/// @param min unsigned lower bound
/// @param max unsigned upper bound
record Scalar(long value, long mask, long min, long max) implements Value {
  static final Scalar UNKNOWN = new Scalar(0, -1, 0, -1);
  private static final long LOW_32 = 0xffffffffL;
  private static final Scalar UNKNOWN_32 = new Scalar(0, LOW_32, 0, LOW_32);

  static Scalar constant(long value) {
    return new Scalar(value, 0, value, value);
  }

  /// Any number of at most so many bytes.
  static Scalar ofBytes(int bytes) {
    return bytes == 8 ? UNKNOWN : range(0, (1L << 8 * bytes) - 1);
  }

  static Scalar range(long min, long max) {
    int bits = 64 - Long.numberOfLeadingZeros(max);
    return of(0, bits == 64 ? -1 : (1L << bits) - 1, min, max);
  }

  /// Takes from each of the two kinds of knowledge what it says about the other.
  private static Scalar of(long value, long mask, long min, long max) {
    long low = Long.compareUnsigned(min, value) < 0 ? value : min;
    long high = Long.compareUnsigned(max, value | mask) > 0 ? value | mask : max;
    if (Long.compareUnsigned(low, high) > 0) {
      return new Scalar(value, mask, value, value | mask);
    }
    return low == high ? constant(low) : new Scalar(value, mask, low, high);
  }

  private static Scalar ofBits(long value, long mask) {
    return of(value, mask, 0, -1);
  }

  boolean isConstant() {
    return mask == 0;
  }

  /// Both may be meant.
  Scalar union(Scalar other) {
    long differing = (value ^ other.value) | mask | other.mask;
    return of(
        value & other.value & ~differing,
        differing,
        Long.compareUnsigned(min, other.min) < 0 ? min : other.min,
        Long.compareUnsigned(max, other.max) > 0 ? max : other.max);
  }

  /// The part of this in `[from, to]`; empty where there is none.
  Optional<Scalar> within(long from, long to) {
    long low = Long.compareUnsigned(min, from) < 0 ? from : min;
    long high = Long.compareUnsigned(max, to) > 0 ? to : max;
    return Long.compareUnsigned(low, high) > 0
        ? Optional.empty()
        : Optional.of(of(value, mask, low, high));
  }

  /// Whether the value is a multiple of `power`, a power of two.
  boolean isMultipleOf(int power) {
    return ((value | mask) & (power - 1)) == 0;
  }

  /// The low 32 bits, zero-extended.
  Scalar low32() {
    return Long.compareUnsigned(max, LOW_32) <= 0
        ? of(value & LOW_32, mask & LOW_32, min, max)
        : ofBits(value & LOW_32, mask & LOW_32);
  }

  /// The result of `this op right` as [pytap.asm.bpf.Operation.Arithmetic] defines it.
  Scalar arithmetic(Alu op, boolean wide, Scalar right) {
    if (wide) {
      return apply(op, right, 63);
    }
    Scalar narrow = low32();
    if (op == Alu.SHIFT_RIGHT_SIGNED && narrow.max > Integer.MAX_VALUE) {
      return UNKNOWN_32;
    }
    return narrow.apply(op, right.low32(), 31).low32();
  }

  private Scalar apply(Alu op, Scalar right, int shiftMask) {
    return switch (op) {
      case MOV -> right;
      case ADD -> add(right);
      case SUB -> subtract(right);
      case NEGATE -> constant(0).subtract(this);
      case AND -> and(right);
      case OR -> or(right);
      case XOR -> {
        long unknown = mask | right.mask;
        yield ofBits((value ^ right.value) & ~unknown, unknown);
      }
      case MUL -> multiply(right);
      case DIV -> divide(right);
      case MOD -> remainder(right);
      case SHIFT_LEFT -> right.isConstant() ? shiftLeft((int) right.value & shiftMask) : UNKNOWN;
      case SHIFT_RIGHT ->
          right.isConstant() ? shiftRight((int) right.value & shiftMask) : range(0, max);
      case SHIFT_RIGHT_SIGNED ->
          right.isConstant() ? shiftRightSigned((int) right.value & shiftMask) : UNKNOWN;
    };
  }

  /// Bits: Vishwanathan, Shachnai, Narayana, Nagarakatte, "Sound, precise, and fast abstract
  /// interpretation with tristate numbers", CGO 2022, section III.
  Scalar add(Scalar right) {
    long known = value + right.value;
    long carries = (known + mask + right.mask) ^ known;
    long unknown = carries | mask | right.mask;
    long low = min + right.min;
    long high = max + right.max;
    boolean lowWraps = Long.compareUnsigned(low, min) < 0;
    boolean highWraps = Long.compareUnsigned(high, max) < 0;
    return lowWraps == highWraps
        ? of(known & ~unknown, unknown, low, high)
        : ofBits(known & ~unknown, unknown);
  }

  private Scalar subtract(Scalar right) {
    long known = value - right.value;
    long borrows = (known + mask) ^ (known - right.mask);
    long unknown = borrows | mask | right.mask;
    boolean lowWraps = Long.compareUnsigned(min, right.max) < 0;
    boolean highWraps = Long.compareUnsigned(max, right.min) < 0;
    return lowWraps == highWraps
        ? of(known & ~unknown, unknown, min - right.max, max - right.min)
        : ofBits(known & ~unknown, unknown);
  }

  private Scalar and(Scalar right) {
    long ones = value & right.value;
    long unknown = (value | mask) & (right.value | right.mask) & ~ones;
    long high = Long.compareUnsigned(max, right.max) < 0 ? max : right.max;
    return of(ones, unknown, 0, high);
  }

  private Scalar or(Scalar right) {
    long ones = value | right.value;
    long low = Long.compareUnsigned(min, right.min) > 0 ? min : right.min;
    return of(ones, (mask | right.mask) & ~ones, low, -1);
  }

  private Scalar multiply(Scalar right) {
    if (right.isConstant() && Long.bitCount(right.value) == 1) {
      return shiftLeft(Long.numberOfTrailingZeros(right.value));
    }
    if (Math.unsignedMultiplyHigh(max, right.max) != 0) {
      return UNKNOWN;
    }
    return range(min * right.min, max * right.max);
  }

  private Scalar divide(Scalar right) {
    return right.isConstant() && right.value != 0
        ? range(Long.divideUnsigned(min, right.value), Long.divideUnsigned(max, right.value))
        : range(0, max);
  }

  private Scalar remainder(Scalar right) {
    Scalar any = range(0, max);
    return right.isConstant() && right.value != 0
        ? any.within(0, right.value - 1).orElse(any)
        : any;
  }

  private Scalar shiftLeft(int bits) {
    return Long.compareUnsigned(max, -1L >>> bits) <= 0
        ? of(value << bits, mask << bits, min << bits, max << bits)
        : ofBits(value << bits, mask << bits);
  }

  private Scalar shiftRight(int bits) {
    return of(value >>> bits, mask >>> bits, min >>> bits, max >>> bits);
  }

  private Scalar shiftRightSigned(int bits) {
    return max >= 0 ? shiftRight(bits) : ofBits(value >> bits, mask >> bits);
  }
}
