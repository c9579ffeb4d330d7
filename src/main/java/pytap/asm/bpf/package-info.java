/// The eBPF instruction set: instructions to bytes and to text.
///
/// Rule of the room: no typed program, no kernel. An [pytap.asm.bpf.Assembler] collects
/// instructions, labels and subprograms; its result, a [pytap.asm.bpf.Program], is pure data in
/// which maps are numbers from 0 that the loader replaces by file descriptors.
///
/// ```java
/// Assembler a = new Assembler();
/// Label full = a.label("full");
/// a.loadMap(Reg.R1, 0);
/// a.call(BpfFunction.MAP_LOOKUP_ELEM);
/// a.jumpIf(Jump.EQUAL, Reg.R0, 0, full);
/// a.atomicAdd(Size.DOUBLE, Reg.R0, 0, Reg.R6);
/// a.bind(full);
/// a.mov(Reg.R0, 0);
/// a.exit();
/// Program program = a.finish();
/// ```
///
/// Encodings follow Linux 6.6 Documentation/bpf/standardization/instruction-set.rst; nothing newer
/// than what Linux 5.17 accepts is offered.
@NullMarked
package pytap.asm.bpf;

import org.jspecify.annotations.NullMarked;
