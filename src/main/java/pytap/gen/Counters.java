package pytap.gen;

/// Where the counters of a session lie in the COUNTERS map's value: two 64-bit numbers for each
/// channel, then one for the session.
public final class Counters {
  private static final int CHANNEL_BYTES = 16;

  private Counters() {}

  /// Records that found no room in the ring or no working memory.
  public static int lostOffset(int channel) {
    return channel * CHANNEL_BYTES;
  }

  /// Hits whose condition could not be decided because the target's memory was unreadable.
  public static int unreadableOffset(int channel) {
    return channel * CHANNEL_BYTES + 8;
  }

  /// Programs executed in the tree that could not be stopped and reported.
  public static int missedExecOffset(int channels) {
    return channels * CHANNEL_BYTES;
  }

  /// No counter: the process of the tree that was hit last, so that its next hit is told without a
  /// look into the TREE map; 0 where there is none.
  public static int lastMemberOffset(int channels) {
    return missedExecOffset(channels) + 8;
  }

  /// Size of the map's value.
  public static int valueBytes(int channels) {
    return lastMemberOffset(channels) + 8;
  }
}
