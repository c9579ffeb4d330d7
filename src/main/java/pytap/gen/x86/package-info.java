/// The in-process engine's code generator: the kernel engine's own eBPF programs, to x86-64.
///
/// Rule of the room: a pure function from [pytap.asm.bpf.Program] to bytes. What [Verifier] did not
/// let pass cannot be translated: only it makes the [Verified] that [Translator] takes.
///
/// ```java
/// Verified verified = Verifier.verify(image.program(), new Contract(168, false, maps));
/// Assembler blob = new Assembler();
/// Label clock = blob.label("ktime_get_ns");
/// ... the engine's functions ...
/// Linkage linkage = new Linkage(64, Map.of(KTIME_GET_NS, new Linkage.Target.Near(clock), ...));
/// Label entry = Translator.translate(blob, verified, linkage);
/// byte[] code = blob.finish();
/// int start = blob.offset(entry);
/// ```
///
/// [InProcessGenerator] puts all of it together for the sites of a file: the functions that
/// programs call ([EngineFunctions]), the program, and for each place that is patched a way there
/// and back ([Trampolines]), or a function that the target calls ([pytap.probe.Callback]). What the
/// code goes by in one process is in its [ControlPage].
///
/// ## What the verifier asks
///
/// Jumps go forward, inside their function, onto instructions; everything can be reached and no
/// function runs over its end. Loops are `bpf_loop` with one known body each. Registers are set
/// before they are read. The stack is touched at constant offsets within 512 bytes of the frame
/// that a pointer belongs to. Context, map values and ring records are touched within bounds that
/// hold on every way; lookups and reservations are compared with 0 first; what was reserved is sent
/// exactly once, by the function that reserved it. Atomic steps are on aligned stack or map memory.
/// Functions are known, and get what they expect. Reads of the target's memory go through such
/// functions only.
///
/// ## ABI
///
/// The entry is a C function (System V ABI, AMD64 supplement 1.0) that begins with `endbr64`:
///
/// ```
/// long entry(void *context, void *control)
/// ```
///
/// It returns R0, keeps the registers that the ABI says are kept, touches no vector register, does
/// not look at the flags, and uses no red zone; its stack is what the program touches, the saved
/// registers and at most 32 bytes per `bpf_loop`.
///
/// | eBPF | R0 | R1 | R2 | R3 | R4 | R5 | R6 | R7 | R8 | R9 | R10 | |
/// |---|---|---|---|---|---|---|---|---|---|---|---|---|
/// | x86-64 | rax | rdi | rsi | rdx | rcx | r8 | rbx | r13 | r14 | r15 | rbp | r12 = control page |
///
/// The code has no absolute address and needs no relocation. It reaches the world through the
/// control page in `%r12`. From [Linkage#mapsOffset] it holds two 8-byte words for each map:
///
/// | word | what |
/// |---|---|
/// | 0 | the handle, which the code passes to functions that take a map and never looks into |
/// | 1 | of an array: the address of its first value, a multiple of 8; else not used |
///
/// A function that programs call is in the same blob or behind an address in the control page. It
/// is a C function of up to five arguments that finds the control page in `%r12`; the stack pointer
/// is a multiple of 16 before the call. Nothing is kept for it in `%r9`, `%r10` and `%r11`.
/// `bpf_loop` is compiled in place. Values of hashes and reserved records must stay where they are
/// until the program returns, also when another thread deletes them.
@NullMarked
package pytap.gen.x86;

import org.jspecify.annotations.NullMarked;
