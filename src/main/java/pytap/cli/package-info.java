/// The commands.
///
/// Rule of the room: the only one that prints, exits or reads the environment.
@NullMarked
package pytap.cli;

import org.jspecify.annotations.NullMarked;
