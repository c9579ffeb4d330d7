/// CPython: versions, layouts of its structures, and how each build gives each marker.
///
/// Rule of the room: the only room where CPython versions are compared. It reads the bytes of the
/// file that holds the interpreter ([pytap.python.PythonBinary]) and answers with data: sites and
/// recipes. It never runs the interpreter, never trusts a file's name and never guesses; what
/// cannot be established is a [pytap.source.TracerException] that says what was tried.
@NullMarked
package pytap.python;

import org.jspecify.annotations.NullMarked;
