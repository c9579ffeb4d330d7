package pytap.elf;

/// A defined symbol.
///
/// @param address link-time virtual address; for thread-local symbols the offset in the TLS block
/// @param sizeBytes 0 when unknown
/// @param type `STT_…`: 1 object, 2 function, 6 thread-local
public record Symbol(String name, long address, long sizeBytes, int type) {}
