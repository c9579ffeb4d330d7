/// Processes as they can be seen from outside: what they run and what they have mapped.
///
/// Rule of the room: observes only. A process may end at any moment, so every question can be
/// answered with "gone".
@NullMarked
package pytap.target;

import org.jspecify.annotations.NullMarked;
