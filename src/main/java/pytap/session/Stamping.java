package pytap.session;

import java.util.ArrayList;
import java.util.List;

/// Says which rings' records carry the time. As long as one ring is all that there is to read, its
/// own order is enough, and asking for the time is most of what a small record costs. Belongs to
/// the tracer's thread.
///
/// So a record without the time is older than whatever another ring that is still read holds: that
/// one was made after the writers had been told.
final class Stamping {
  /// What is told.
  interface Ring {
    /// Whether records carry the time from now on.
    void stamp(boolean on);
  }

  private final List<Ring> rings = new ArrayList<>();
  private final boolean always;

  /// @param always also where there is one ring: something else is put into order with it
  Stamping(boolean always) {
    this.always = always;
  }

  /// To be called before anything writes to another ring.
  ///
  /// @return whether its records carry the time from the first on
  boolean beforeAnother() {
    rings.forEach(ring -> ring.stamp(true));
    return always || !rings.isEmpty();
  }

  /// @param opened may be empty
  void opened(List<? extends Ring> opened) {
    rings.addAll(opened);
    spareTheOnlyOne();
  }

  /// Nothing writes to it any more, and all of it has been read.
  void drained(Ring ring) {
    rings.remove(ring);
    spareTheOnlyOne();
  }

  private void spareTheOnlyOne() {
    if (rings.size() == 1 && !always) {
      rings.getFirst().stamp(false);
    }
  }
}
