package pytap.runtime;

/// Draws a histogram as SystemTap 4.8 does: a line for each bucket from two below the first that is
/// not empty to two above the last, at most [#WIDTH] marks wide; long runs of empty buckets become
/// a `~`.
///
/// ```
/// value |-------------------------------------------------- count
///     1 |                                                   0
///     4 |@@                                                 2
/// ```
final class HistogramDrawing {
  /// HIST_WIDTH of SystemTap's runtime.
  private static final int WIDTH = 50;

  /// HIST_ELISION of SystemTap's runtime: an empty bucket is drawn within so many of a full one.
  private static final int ELISION = 2;

  private static final int LABEL_WIDTH = 5; // as wide as "value"

  private final StatisticShape shape;
  private final long[] buckets;
  private final OutputBuffer out;

  HistogramDrawing(StatisticShape shape, long[] buckets, OutputBuffer out) {
    this.shape = shape;
    this.buckets = buckets;
    this.out = out;
  }

  void draw() {
    int first = first();
    int last = last();
    long most = 0;
    for (long count : buckets) {
      most = Math.max(most, count);
    }
    int labelWidth = Math.max(LABEL_WIDTH, Math.max(width(first), width(last)));
    header(labelWidth);
    long scale = most <= WIDTH ? 1 : (most + WIDTH - 1) / WIDTH;
    int countWidth = digits(most);
    boolean elided = false;
    for (int bucket = first; bucket <= last; bucket++) {
      if (isElided(bucket, first, last)) {
        elided = true;
        continue;
      }
      if (elided) {
        out.fill(' ', labelWidth + 1);
        out.octet('~');
        out.octet('\n');
        elided = false;
      }
      line(bucket, labelWidth, (int) (buckets[bucket] / scale), countWidth);
    }
    out.octet('\n');
  }

  private boolean isLog() {
    return shape.histogram() == StatisticShape.LOG;
  }

  /// Two below the first bucket that is not empty; below 0 only where there are negative values,
  /// below a linear histogram's range only where something lies there.
  private int first() {
    int first = 0;
    while (first < buckets.length && buckets[first] == 0) {
      first++;
    }
    if (first == buckets.length) {
      first = 0;
    }
    for (int i = 0; i < 2 && first > 0; i++) {
      if (!isLog() || first != StatisticShape.ZERO_BUCKET) {
        first--;
      }
    }
    return !isLog() && first == 0 && buckets[0] == 0 ? 1 : first;
  }

  private int last() {
    int last = buckets.length - 1;
    while (last > 0 && buckets[last] == 0) {
      last--;
    }
    last = Math.min(last + 2, buckets.length - 1);
    return !isLog() && last == buckets.length - 1 && buckets[last] == 0 ? last - 1 : last;
  }

  /// Whether `bucket` holds what lies outside of a linear histogram's range.
  private boolean isOutside(int bucket) {
    return !isLog() && (bucket == 0 || bucket == buckets.length - 1);
  }

  private int width(int bucket) {
    return digits(shape.labelOf(bucket)) + (isOutside(bucket) ? 1 : 0);
  }

  private static int digits(long value) {
    return Long.toString(value).length();
  }

  private void header(int labelWidth) {
    out.fill(' ', labelWidth - LABEL_WIDTH);
    out.text(ByteString.ofLatin1("value |"));
    out.fill('-', WIDTH);
    out.text(ByteString.ofLatin1(" count\n"));
  }

  private boolean isElided(int bucket, int first, int last) {
    int end = Math.min(last, bucket + ELISION);
    for (int i = Math.max(first, bucket - ELISION); i <= end; i++) {
      if (buckets[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private void line(int bucket, int labelWidth, int marks, int countWidth) {
    out.fill(' ', labelWidth - width(bucket));
    if (isOutside(bucket)) {
      out.octet(bucket == 0 ? '<' : '>');
    }
    out.decimal(shape.labelOf(bucket));
    out.text(ByteString.ofLatin1(" |"));
    out.fill('@', marks);
    out.fill(' ', WIDTH - marks + 1 + countWidth - digits(buckets[bucket]));
    out.decimal(buckets[bucket]);
    out.octet('\n');
  }
}
