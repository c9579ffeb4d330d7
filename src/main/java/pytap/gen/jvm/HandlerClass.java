package pytap.gen.jvm;

import java.util.List;
import pytap.runtime.ByteString;
import pytap.runtime.ProgramShape;

/// A script's handlers as the bytes of a class, and the literals it is to be made with.
public final class HandlerClass {
  private final byte[] bytes;
  private final List<ByteString> literals;
  private final ProgramShape shape;

  HandlerClass(byte[] bytes, List<ByteString> literals, ProgramShape shape) {
    this.bytes = bytes;
    this.literals = List.copyOf(literals);
    this.shape = shape;
  }

  /// The class file (a copy).
  public byte[] bytes() {
    return bytes.clone();
  }

  public ProgramShape shape() {
    return shape;
  }

  List<ByteString> literals() {
    return literals;
  }

  /// The class as text, one instruction a line: what a golden test compares.
  public String print() {
    return new Listing(bytes).text();
  }
}
