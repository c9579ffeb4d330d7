package pytap.asm.bpf;

/// Read-modify-write operations on 4 or 8 bytes of memory, fully ordered where they fetch.
public enum Atomic {
  ADD(0x00),
  OR(0x40),
  AND(0x50),
  XOR(0xa0),
  FETCH_ADD(0x01),
  FETCH_OR(0x41),
  FETCH_AND(0x51),
  FETCH_XOR(0xa1),
  /// `source` and memory change places.
  EXCHANGE(0xe1),
  /// Memory is set to `source` if it equals R0; R0 becomes what memory held before.
  COMPARE_EXCHANGE(0xf1);

  private final int code;

  Atomic(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static Atomic ofCode(int immediate) {
    for (Atomic atomic : values()) {
      if (atomic.code == immediate) {
        return atomic;
      }
    }
    throw new IllegalStateException("not an atomic: 0x" + Integer.toHexString(immediate));
  }
}
