package pytap.elf;

/// One section header.
///
/// @param type `SHT_…`
/// @param flags `SHF_…`
/// @param address link-time virtual address, 0 when not mapped
/// @param fileOffset bytes from the start of the file
/// @param link index of the section this one refers to (the string table of a symbol table)
public record Section(
    String name, int type, long flags, long address, long fileOffset, long sizeBytes, int link) {
  static final int SYMTAB = 2;
  static final int NOBITS = 8;
  static final long COMPRESSED = 0x800;
}
