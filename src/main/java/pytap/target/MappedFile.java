package pytap.target;

import java.nio.file.Path;

/// A part of a file that a process has mapped executable.
///
/// @param range where
/// @param fileOffset where in the file it begins
/// @param path under which the file can be opened now
public record MappedFile(AddressRange range, long fileOffset, Path path) {}
