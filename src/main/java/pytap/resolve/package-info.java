/// From what a script names to places in files: programs on PATH, the libraries they load, the
/// interpreter in them, its sites.
///
/// Rule of the room: what is found of a file is kept per file, not per process. Nothing here
/// writes, but for what an interpreter's sites are, in a directory of pytap's own, for the next
/// start.
@NullMarked
package pytap.resolve;

import org.jspecify.annotations.NullMarked;
