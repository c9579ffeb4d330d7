package pytap.place;

/// One thing a record carries from the probe to the tool.
public sealed interface Capture {

  /// Bytes it takes in the fixed part of a record: a multiple of 8.
  int sizeBytes();

  record OfFact(Fact fact) implements Capture {
    @Override
    public int sizeBytes() {
      return fact.sizeBytes();
    }
  }

  /// A number: the value of a taken expression.
  record Number(Taken value) implements Capture {
    @Override
    public int sizeBytes() {
      return 8;
    }
  }

  /// An integer in the target's memory (`user_int` and its like), sign-extended to 8 bytes.
  record Integer(Taken address, int widthBytes) implements Capture {
    @Override
    public int sizeBytes() {
      return 8;
    }
  }

  /// Text in the target's memory. In the fixed part stand its length in bytes (4 bytes) and its
  /// [TextKind] code (4 bytes); the bytes stand in the variable part.
  ///
  /// @param maxBytes at most so many bytes of UTF-8 are wanted
  record Text(Taken address, int maxBytes) implements Capture {
    @Override
    public int sizeBytes() {
      return 8;
    }
  }

  /// The user stack, from the stack pointer upwards, as much of it as is there and wanted. In the
  /// fixed part stand its length in bytes (4 bytes) and 0 (4 bytes); the bytes stand in the
  /// variable part.
  ///
  /// @param maxBytes a multiple of [#PAGE_BYTES]
  record Stack(int maxBytes) implements Capture {
    public static final int PAGE_BYTES = 4096;

    @Override
    public int sizeBytes() {
      return 8;
    }
  }

  /// How the bytes of a captured text are to be read.
  enum TextKind {
    /// Bytes as they are.
    BYTES(0),
    /// One byte a character: Latin-1, to be written as UTF-8.
    LATIN1(1),
    /// Two bytes a character.
    UCS2(2),
    /// Four bytes a character.
    UCS4(4),
    /// A tuple's items, as [TupleText] lays them out.
    TUPLE(8);

    private final int code;

    TextKind(int code) {
      this.code = code;
    }

    /// The number that stands for it in a record: bytes a character, 0 for bytes as they are, 8 for
    /// a tuple.
    public int code() {
      return code;
    }
  }
}
