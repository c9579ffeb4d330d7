/// ELF files: segments, symbols, relocations, function extents, USDT notes.
///
/// Rule of the room: bytes in, records out. Everything is found through the program headers and the
/// dynamic section, so that a stripped file answers as well as an unstripped one; section headers
/// are used only for what exists nowhere else (`.note.stapsdt`, `.symtab`, debugging information).
/// Only x86-64 little-endian files are read, as described in the System V ABI, AMD64 supplement
/// 1.0, and the gABI 4.2.
@NullMarked
package pytap.elf;

import org.jspecify.annotations.NullMarked;
