package pytap.ir;

/// A variable of one probe or function. Parameters come first.
///
/// @param index position in its owner's list of locals, from 0
public record Local(int index, String name, Type type) {}
