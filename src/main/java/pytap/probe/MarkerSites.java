package pytap.probe;

import java.util.List;

/// All the sites that together give one marker in one file, and what they do not give.
///
/// @param marker CPython's marker name: `function__entry`
/// @param mechanism one line: which mechanism the table chose and why
/// @param sites in address order; a marker fires when any of them does
/// @param gaps what this mechanism cannot see; empty when exact. Said once on stderr when the
///   marker is armed in a process that has the gap
public record MarkerSites(String marker, String mechanism, List<ProbeSite> sites, List<Gap> gaps) {
  public MarkerSites {
    sites = List.copyOf(sites);
    gaps = List.copyOf(gaps);
  }
}
