package pytap.runtime;

import java.util.Arrays;

/// What `<<<` adds numbers to: their count, sum, least and greatest, their variance and, where the
/// script asks for it, a histogram.
///
/// Everything is computed in 64-bit integers, as SystemTap 4.8 does, and the variance is as far off
/// as there: the mean is carried along with its fraction cut off, and the distance to the exact
/// mean is put right at the end. A bit shift scales everything up in between.
public final class Statistic {
  public static final int COUNT = 0;
  public static final int SUM = 1;
  public static final int MIN = 2;
  public static final int MAX = 3;
  public static final int AVERAGE = 4;
  public static final int VARIANCE = 5;

  final StatisticShape shape;
  private final long[] buckets;
  private long count;
  private long sum;
  private long min;
  private long max;
  private long runningMean; // scaled up by the bit shift
  private long squares; // of the distances to the running mean

  Statistic(StatisticShape shape) {
    this.shape = shape;
    buckets = new long[(int) shape.buckets()];
  }

  public void add(long value) {
    long scaled = value << shape.bitShift();
    if (count == 0) {
      count = 1;
      sum = value;
      min = value;
      max = value;
      runningMean = scaled;
      squares = 0;
    } else {
      count++;
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
      long distance = scaled - runningMean;
      runningMean += distance / count;
      squares += distance * (scaled - runningMean);
    }
    if (buckets.length > 0) {
      buckets[shape.bucketOf(value)]++;
    }
  }

  /// Forgets every value.
  public void clear() {
    count = 0;
    sum = 0;
    Arrays.fill(buckets, 0);
  }

  public long count() {
    return count;
  }

  public long sum() {
    return sum;
  }

  /// What `function` gives, one of the constants here.
  ///
  /// @throws ScriptError at `site` where there are no values, except for the count and the sum
  public long value(int function, Site site) {
    if (count == 0 && function > SUM) {
      throw ScriptError.at(site, "empty aggregate");
    }
    return value(function);
  }

  /// Same, where there are values.
  long value(int function) {
    return switch (function) {
      case COUNT -> count;
      case SUM -> sum;
      case MIN -> min;
      case MAX -> max;
      case AVERAGE -> sum / count;
      case VARIANCE -> variance();
      default -> throw new IllegalStateException("no function " + function);
    };
  }

  private long variance() {
    if (count < 2) {
      return -1;
    }
    long mean = (sum << shape.bitShift()) / count;
    long offset = runningMean - mean;
    long corrected = count * offset * offset + (count - 1) * (squares / (count - 1));
    return corrected / (count - 1) >> 2 * shape.bitShift();
  }

  /// How many values lie in bucket `number`.
  public long bucket(long number, Site site) {
    if (number < 0 || number >= buckets.length) {
      throw ScriptError.at(site, "histogram index out of range");
    }
    return buckets[(int) number];
  }

  /// 1 where there is a bucket `number`, else 0.
  public long hasBucket(long number) {
    return number >= 0 && number < buckets.length ? 1 : 0;
  }

  /// How many buckets a walk visits.
  public int bucketCount(long limit) {
    return Math.clamp(limit, 0, buckets.length);
  }

  /// Draws the histogram.
  public void draw(OutputBuffer out) {
    new HistogramDrawing(shape, buckets, out).draw();
  }
}
