/// Attach, run, drain, detach: a compiled script at work.
///
/// Rule of the room: one thread owns a session; what it opens it closes in reverse order, also when
/// it fails half-way. Before there is a session, [Groundwork] finds out in a thread of its own what
/// no script changes; that thread leaves nothing open. The only room besides `inject` that changes
/// anything on the machine.
@NullMarked
package pytap.session;

import org.jspecify.annotations.NullMarked;
