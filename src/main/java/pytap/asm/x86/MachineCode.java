package pytap.asm.x86;

import java.util.Arrays;
import java.util.HexFormat;

/// Bytes of machine code, as a value.
public final class MachineCode {
  private final byte[] bytes;

  private MachineCode(byte[] bytes) {
    this.bytes = bytes;
  }

  /// A copy of `bytes`.
  public static MachineCode of(byte[] bytes) {
    return new MachineCode(bytes.clone());
  }

  public int sizeBytes() {
    return bytes.length;
  }

  /// A copy.
  public byte[] toArray() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MachineCode code && Arrays.equals(code.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// In hexadecimal, `e9 00 10 00 00`.
  @Override
  public String toString() {
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }
}
