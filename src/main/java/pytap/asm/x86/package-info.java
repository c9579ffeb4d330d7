/// x86-64 machine code.
///
/// Rule of the room: instructions from and to bytes; no kernel, no interpreter. The decoder knows
/// the length of everything that compilers emit for user code, and the meaning of the little that
/// following a value through a function needs. Encodings after the Intel 64 and IA-32 Architectures
/// Software Developer's Manual, volume 2 (325383-080), chapter 2 and appendix A.
@NullMarked
package pytap.asm.x86;

import org.jspecify.annotations.NullMarked;
