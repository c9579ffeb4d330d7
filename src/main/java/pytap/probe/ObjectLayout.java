package pytap.probe;

/// How the objects that audit events tell of are laid out in one CPython build. All offsets are
/// bytes from the start of the object, those of `typeFlags` and `typeName` from that of its type.
///
/// @param type offset of the pointer to the type
/// @param typeFlags `tp_flags`, 8 bytes
/// @param typeName `tp_name`, a pointer to C text
/// @param head where the object's own fields begin: the size of a container or of bytes, the number
///   of a float, the size or tag of an int, which the digits follow
/// @param tupleItems where a tuple's items begin
/// @param bytesData where the data of bytes begin
/// @param taggedInts whether an int begins with a tag (3.12 and later) rather than a size
public record ObjectLayout(
    UnicodeLayout text,
    int type,
    int typeFlags,
    int typeName,
    int head,
    int tupleItems,
    int bytesData,
    boolean taggedInts) {}
