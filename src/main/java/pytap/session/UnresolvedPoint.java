package pytap.session;

import pytap.ir.Probe;
import pytap.source.TracerException;

/// A probe point of the script names a program, library or marker that is not there.
public final class UnresolvedPoint extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Probe probe;
  private final TracerException reason;

  UnresolvedPoint(Probe probe, TracerException reason) {
    super(reason);
    this.probe = probe;
    this.reason = reason;
  }

  /// The probe that stands on the point.
  public Probe probe() {
    return probe;
  }

  /// What was tried and found.
  public TracerException reason() {
    return reason;
  }
}
