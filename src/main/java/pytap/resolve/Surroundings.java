package pytap.resolve;

import java.nio.file.Path;

/// The part of the environment that finding programs depends on.
///
/// @param searchPath `PATH`
/// @param libraryPath `LD_LIBRARY_PATH`, empty where it is not set
/// @param directory the working directory
public record Surroundings(String searchPath, String libraryPath, Path directory) {}
