/// The kernel engine's code generator: sites and what their channels capture, to eBPF.
///
/// Rule of the room: a pure function from [pytap.place.Plan] and [pytap.probe.ProbeSite]s to a
/// [pytap.gen.KernelImage]. It compiles the recipes of `probe` and knows no CPython version.
///
/// Registers in a site program: R6 the probed registers, R7 the scratch slot or the place in the
/// stack that the record is built in, R9 the length of the record so far; the rest is free.
@NullMarked
package pytap.gen.bpf;

import org.jspecify.annotations.NullMarked;
