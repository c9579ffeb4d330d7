package pytap.elf;

/// One note of `.note.stapsdt` as it is written: addresses are those of the time when the file was
/// linked, which prelinking may have moved it away from.
///
/// @param sizeBytes of what the note says
/// @param semaphore 0 where the probe is not guarded
public record UsdtNote(
    long sizeBytes,
    String provider,
    String name,
    long location,
    long base,
    long semaphore,
    String arguments) {}
