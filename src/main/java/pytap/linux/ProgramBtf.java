package pytap.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import pytap.asm.bpf.Program;

/// The type information that the kernel demands of programs with callbacks: that each function is
/// one, and static. Every function is described as `static int NAME(void)`, which satisfies the
/// verifier: it derives arguments from the calls. Layout: Linux 6.6 Documentation/bpf/btf.rst.
final class ProgramBtf {
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_BYTES = 24;
  private static final int INT_TYPE = 1;
  private static final int PROTOTYPE_TYPE = 2;
  private static final int FIRST_FUNCTION_TYPE = 3;

  private static final int KIND_INT = 1;
  private static final int KIND_FUNCTION = 12;
  private static final int KIND_PROTOTYPE = 13;

  private ProgramBtf() {}

  /// The bytes to load.
  static byte[] bytes(List<Program.Function> functions) {
    StringBuilder names = new StringBuilder("\0int\0");
    ByteBuffer types = ByteBuffer.allocate(28 + 12 * functions.size());
    types.order(ByteOrder.LITTLE_ENDIAN);
    int signed32Bits = 1 << 24 | 32;
    types.putInt(1).putInt(KIND_INT << 24).putInt(4).putInt(signed32Bits);
    types.putInt(0).putInt(KIND_PROTOTYPE << 24).putInt(INT_TYPE);
    for (Program.Function function : functions) {
      types.putInt(names.length()).putInt(KIND_FUNCTION << 24).putInt(PROTOTYPE_TYPE);
      names.append(function.name()).append('\0');
    }
    byte[] strings = names.toString().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer whole = ByteBuffer.allocate(HEADER_BYTES + types.capacity() + strings.length);
    whole.order(ByteOrder.LITTLE_ENDIAN);
    whole.putShort((short) MAGIC).put((byte) 1).put((byte) 0).putInt(HEADER_BYTES);
    whole.putInt(0).putInt(types.capacity()).putInt(types.capacity()).putInt(strings.length);
    whole.put(types.flip()).put(strings);
    return whole.array();
  }

  /// Pairs of (slot, type) for the load.
  static List<Integer> functionInfo(List<Program.Function> functions) {
    List<Integer> pairs = new ArrayList<>();
    for (int i = 0; i < functions.size(); i++) {
      pairs.add(functions.get(i).slot());
      pairs.add(FIRST_FUNCTION_TYPE + i);
    }
    return pairs;
  }
}
