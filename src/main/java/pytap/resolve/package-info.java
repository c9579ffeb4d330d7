/// From what a script names to places in files: programs on PATH, the libraries they load, the
/// interpreter in them, its sites.
///
/// Rule of the room: what is found of a file is kept per file, not per process. Nothing here
/// writes.
@NullMarked
package pytap.resolve;

import org.jspecify.annotations.NullMarked;
