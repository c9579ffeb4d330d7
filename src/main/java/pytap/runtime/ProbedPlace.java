package pytap.runtime;

/// A place in a file that a probe stands on.
///
/// @param provider of the marker; empty for a function
/// @param name of the marker or function
/// @param point the probe point that stands for this place alone
public record ProbedPlace(String provider, String name, String point) {}
