/// What generated handlers call while a script runs: byte strings, associative arrays, printing,
/// the moment of a probe, and the library functions that pytap provides natively.
///
/// Rule of the room: called by generated code and by the session, knows no compiler. A
/// [pytap.runtime.Machine] is the whole state of one running script and belongs to one thread;
/// nothing here is shared or static and mutable. Hot paths work from bytes to bytes: no boxing, no
/// `String`, and (for the sake of a cold JVM) no lambdas, streams, `String.format` or regular
/// expressions.
///
/// ```
/// Handlers handlers = ...;                       // from pytap.gen.jvm
/// Machine machine = new Machine(handlers, info, memory, events);
/// handlers.run(beginProbe, machine);
/// handlers.channel(id, ring, offset, length, machine);
/// machine.out.flushTo(sink);
/// ```
@NullMarked
package pytap.runtime;

import org.jspecify.annotations.NullMarked;
