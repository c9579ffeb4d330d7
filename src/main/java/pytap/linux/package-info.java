/// The kernel: system calls, and small owners of what they hand out.
///
/// Rule of the room: it is the only one with a `Linker`, and it has no policy. Every call to the
/// system is a [pytap.linux.Syscall], a record that says what is asked and how it is laid out; a
/// [pytap.linux.Kernel] carries it out and answers a number, negative for an error. Above it stand
/// owners ([pytap.linux.BpfMap], [pytap.linux.BpfProgram], [pytap.linux.UprobeLinks] …) that close
/// what they opened, also when opening fails half way; a refusal becomes a
/// [pytap.source.TracerException] that says what was tried.
///
/// ```java
/// Kernel kernel = new LinuxKernel();
/// try (BpfMap counts = BpfMap.create(kernel, MapSpec.array("counts", 8, 1));
///     BpfProgram program = BpfProgram.load(kernel, ProgramType.UPROBE_MULTI, code, counts)) { … }
/// ```
///
/// Layouts and numbers are those of x86-64 (Linux 6.6 include/uapi). Owners belong to the thread
/// that made them.
@NullMarked
package pytap.linux;

import org.jspecify.annotations.NullMarked;
