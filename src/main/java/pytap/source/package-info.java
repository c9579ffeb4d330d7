/// Script text, positions in it, and what is said about it.
///
/// Rule of the room: text and where it stands, never what it means. The four kinds of failure that
/// pytap knows start here, because every other room may meet them.
@NullMarked
package pytap.source;

import org.jspecify.annotations.NullMarked;
