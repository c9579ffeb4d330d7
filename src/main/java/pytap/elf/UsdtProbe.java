package pytap.elf;

import java.util.OptionalLong;

/// One note of `.note.stapsdt`: a site of a static probe. Several notes may bear one name.
///
/// @param location link-time virtual address of the site's nop, already moved by the difference
///   between the file's `.stapsdt.base` and the note's
/// @param semaphore link-time virtual address of the 16-bit semaphore, moved likewise; empty where
///   the probe is not guarded
/// @param arguments the arguments as written, for [UsdtArguments#parse]
public record UsdtProbe(
    String provider, String name, long location, OptionalLong semaphore, String arguments) {}
