package pytap.resolve;

import pytap.probe.MarkerSites;

/// A marker of a plan, found in one file.
///
/// @param channel the plan's channel that its records go to
public record ResolvedMarker(int channel, FileImage file, MarkerSites sites) {}
