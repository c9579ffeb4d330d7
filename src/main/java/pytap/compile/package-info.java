/// The passes in their order: script text to a plan and the handlers that serve it.
///
/// Rule of the room: one page, no logic of its own. Everything it calls is a pure function.
@NullMarked
package pytap.compile;

import org.jspecify.annotations.NullMarked;
