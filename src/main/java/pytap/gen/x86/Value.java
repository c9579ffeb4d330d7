package pytap.gen.x86;

/// What the verifier knows of a register or of 8 bytes of stack.
sealed interface Value permits Scalar, Value.Unset, Value.Pointer, Value.MapOf, Value.Subprogram {

  /// Never written on some path here.
  record Unset() implements Value {}

  /// An address `offset` bytes into `region`.
  record Pointer(Region region, Scalar offset) implements Value {
    boolean maybeNull() {
      return switch (region) {
        case Region.Entry entry -> entry.maybeNull();
        case Region.RingRecord ring -> ring.maybeNull();
        case Region.Context _, Region.Frame _, Region.Array _ -> false;
      };
    }
  }

  /// A map itself.
  record MapOf(int map) implements Value {}

  /// A subprogram's address.
  record Subprogram(int slot) implements Value {}

  /// Memory that a program may touch.
  sealed interface Region {
    /// What R1 points to at the start.
    record Context() implements Region {}

    /// The stack of the active function number `depth`, 0 for the main program. Offset 0 is its
    /// upper end.
    record Frame(int depth) implements Region {}

    /// The first value of an array map.
    record Array(int map) implements Region {}

    /// What the lookup at slot `from` found.
    record Entry(int map, int from, boolean maybeNull) implements Region {}

    /// What was reserved at slot `from`.
    record RingRecord(int bytes, int from, boolean maybeNull) implements Region {}
  }

  /// What holds where either of two values may be meant. Different pointers become a number of
  /// which nothing is known: it may be computed with and never followed.
  static Value union(Value a, Value b) {
    if (a.equals(b)) {
      return a;
    }
    if (a instanceof Unset || b instanceof Unset) {
      return new Unset();
    }
    if (a instanceof Scalar left && b instanceof Scalar right) {
      return left.union(right);
    }
    if (a instanceof Pointer left
        && b instanceof Pointer right
        && left.region().equals(right.region())) {
      return new Pointer(left.region(), left.offset().union(right.offset()));
    }
    return Scalar.UNKNOWN;
  }
}
