package pytap.resolve;

import java.util.Optional;
import pytap.probe.MarkerSites;

/// A marker or function of a plan, found in one file.
///
/// @param channel the plan's channel that its records go to
/// @param provider of a marker that the script does not name by itself
public record ResolvedMarker(
    int channel, FileImage file, Optional<String> provider, MarkerSites sites) {}
