/// What the generators hand to a session: code and tables, nothing live.
///
/// Rule of the room: bytes and tables only. An image can be printed, compared and tested without
/// root.
@NullMarked
package pytap.gen;

import org.jspecify.annotations.NullMarked;
