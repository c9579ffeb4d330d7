/// Probe points as scripts write them, and sites: the places in a file where they become real.
///
/// Rule of the room: it names places and says how the values there are found, but never touches
/// them. A [pytap.probe.ProbeSite] is data: an instruction at a file offset, the conditions under
/// which a hit counts, and for each marker argument a recipe ([pytap.probe.Argument]) made of
/// [pytap.probe.Value] trees. The kernel engine compiles recipes to eBPF; nobody else needs to know
/// which CPython version they came from.
@NullMarked
package pytap.probe;

import org.jspecify.annotations.NullMarked;
