package pytap.runtime;

/// What a statistic keeps beside count, sum, least and greatest value.
///
/// @param histogram [#NONE], [#LOG] or [#LINEAR]
/// @param low of a linear histogram: where its first bucket begins
/// @param high where its last bucket ends
/// @param step how wide each bucket is
/// @param bitShift by how many bits values are scaled up while the variance is computed
public record StatisticShape(int histogram, long low, long high, long step, int bitShift) {
  public static final int NONE = 0;
  public static final int LOG = 1;
  public static final int LINEAR = 2;

  /// No histogram, variance unscaled.
  public static final StatisticShape PLAIN = new StatisticShape(NONE, 0, 0, 0, 0);

  /// SystemTap has no more buckets in a histogram (STP_MAX_BUCKETS).
  static final int MOST_BUCKETS = 128;

  /// The bucket of 0 in a logarithmic histogram.
  static final int ZERO_BUCKET = MOST_BUCKETS / 2;

  /// How many buckets there are; of a linear histogram, with one on each side for what lies
  /// outside.
  long buckets() {
    return switch (histogram) {
      case LOG -> MOST_BUCKETS;
      case LINEAR -> (high - low) / step + 3;
      default -> 0;
    };
  }

  /// Why a statistic cannot be made like this, as SystemTap warns; empty where it can.
  String refusal() {
    if (histogram != LINEAR) {
      return "";
    }
    if (step == 0) {
      return "histogram: interval cannot be zero.";
    }
    if (buckets() < 3 || buckets() > MOST_BUCKETS) {
      return "histogram: Number of buckets must be between 1 and "
          + (MOST_BUCKETS - 2)
          + "\nNumber_of_buckets = (stop - start) / interval.\n"
          + "Please adjust your start, stop, and interval values.";
    }
    return "";
  }

  /// The number of the bucket that `value` belongs to.
  int bucketOf(long value) {
    if (histogram == LOG) {
      if (value == 0) {
        return ZERO_BUCKET;
      }
      // The magnitude of the least number has no sign bit to spare.
      int bits = 64 - Long.numberOfLeadingZeros(value < 0 ? -value : value);
      return value < 0
          ? Math.max(0, ZERO_BUCKET - bits)
          : Math.min(MOST_BUCKETS - 1, ZERO_BUCKET + bits);
    }
    if (value < low) {
      return 0;
    }
    long bucket = Long.divideUnsigned(value - low, step) + 1;
    long last = buckets() - 1;
    return (int) (bucket < 0 || bucket > last ? last : bucket);
  }

  /// The number that stands before a bucket in a drawing.
  long labelOf(int bucket) {
    if (histogram == LOG) {
      int bits = bucket - ZERO_BUCKET;
      return bits == 0 ? 0 : bits > 0 ? 1L << (bits - 1) : -(1L << (-bits - 1));
    }
    long steps = bucket == 0 ? 0 : bucket == buckets() - 1 ? bucket - 2 : bucket - 1;
    return low + steps * step;
  }
}
