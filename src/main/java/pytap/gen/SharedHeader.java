package pytap.gen;

import pytap.linux.SharedRing;

/// What lies in a region's shared memory before the ring's data: offsets from its start. It begins
/// with what the ring itself needs ([SharedRing#HEADER_BYTES]).
///
/// When a process is disarmed [#FOLLOW_OFFSET] is cleared before anything else, or children forked
/// meanwhile enable themselves.
public final class SharedHeader {
  /// One byte: whether a forked child enables itself at its first hit.
  public static final int FOLLOW_OFFSET = SharedRing.HEADER_BYTES;

  /// Whose region this is: 64 bytes that code in the target does not look at.
  public static final int OWNER_OFFSET = SharedRing.HEADER_BYTES + 64;

  /// 4 bytes, whose bits say why some interpreter calls no function of ours: none of the tools that
  /// it knows was free, or it refused.
  public static final int REFUSALS_OFFSET = SharedRing.HEADER_BYTES + 128;

  public static final int NO_TOOL_FREE = 1;
  public static final int REFUSED = 2;

  /// Process ids, as they see themselves, of forked children that enabled themselves: 4 bytes each,
  /// 0 where free. Who has taken note of one may clear it. A child that finds none free is not
  /// entered.
  public static final int PIDS_OFFSET = 4096;

  public static final int PIDS = 1024;

  /// What a forked child begins its control memory with: a copy of [#TEMPLATE_BYTES] of what the
  /// first process began with.
  public static final int TEMPLATE_OFFSET = 2 * 4096;

  public static final int TEMPLATE_BYTES = 512;

  /// The COUNTERS map's value, see [Counters].
  public static final int COUNTERS_OFFSET = TEMPLATE_OFFSET + TEMPLATE_BYTES;

  private SharedHeader() {}

  /// Size of the shared memory before the ring's data for this many channels: whole pages.
  public static int sizeBytes(int channels) {
    int bytes = COUNTERS_OFFSET + Counters.valueBytes(channels);
    return bytes + RegionLayout.PAGE_BYTES - 1 & -RegionLayout.PAGE_BYTES;
  }
}
