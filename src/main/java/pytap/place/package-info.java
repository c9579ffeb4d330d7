/// Target side or tool side: what each probe captures where it fires, and what remains for the
/// tool.
///
/// Rule of the room: taken and remaining together are the handler; placing never fails, it only
/// gets better. Today every handler is placed on the tool side: the target side captures what the
/// handler reads of its moment and sends one record.
@NullMarked
package pytap.place;

import org.jspecify.annotations.NullMarked;
