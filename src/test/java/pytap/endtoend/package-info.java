/// Tests of the whole program: a script on the command line of `./pytap`, a real interpreter, the
/// printed lines.
///
/// Rule of the room: pytap is a command here. Nothing of its classes is used, and what it must
/// print comes from inside the traced interpreter (see
/// `src/test/resources/pytap/workload/README.md`) or from a file.
@NullMarked
package pytap.endtoend;

import org.jspecify.annotations.NullMarked;
