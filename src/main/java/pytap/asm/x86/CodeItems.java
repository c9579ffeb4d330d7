package pytap.asm.x86;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// The code of an [Assembler] in pieces, and how it is laid out once all labels are bound.
final class CodeItems {
  /// A piece of the code: fixed bytes and then, where there is one, a reference.
  private record Item(ByteArrayOutputStream bytes, Reference reference) {}

  /// What a piece ends with.
  sealed interface Reference {
    record None() implements Reference {}

    /// `jmp`, which may take two bytes.
    record Jump(Label target) implements Reference {}

    /// `jcc`, which may take two bytes.
    record ConditionalJump(Condition condition, Label target) implements Reference {}

    /// The 32-bit distance to a label, behind an opcode.
    record Distance(Label target) implements Reference {}

    /// The 8-bit distance to a label, behind an opcode.
    record Near(Label target) implements Reference {}

    /// The 32-bit distance to an address outside, behind an opcode.
    ///
    /// @param trailingBytes how many bytes of the instruction follow
    record Outside(long address, int trailingBytes) implements Reference {}
  }

  private static final Reference NONE = new Reference.None();

  private final long origin;
  private final List<Item> items = new ArrayList<>();
  private int[] starts = {};
  private ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /// @param origin the address at which the code will lie, for references to what is outside
  CodeItems(long origin) {
    this.origin = origin;
  }

  void write(int value) {
    bytes.write(value);
  }

  void bind(Label label) {
    endItem();
    label.bind(items.size());
  }

  void refer(Reference reference) {
    items.add(new Item(bytes, reference));
    bytes = new ByteArrayOutputStream();
  }

  private void endItem() {
    if (bytes.size() > 0) {
      refer(NONE);
    }
  }

  byte[] finish() {
    endItem();
    boolean[] isShort = new boolean[items.size()];
    layOut(isShort);
    // Only growing would be needed to start from short jumps; shrinking from long ones is simpler
    // and ends when nothing shrinks: a distance never grows.
    for (boolean shrunk = true; shrunk; ) {
      shrunk = false;
      for (int i = 0; i < items.size(); i++) {
        if (!isShort[i] && canShrink(items.get(i).reference(), i)) {
          isShort[i] = true;
          shrunk = true;
        }
      }
      layOut(isShort);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < items.size(); i++) {
      out.writeBytes(items.get(i).bytes().toByteArray());
      put(out, items.get(i).reference(), isShort[i], starts[i + 1]);
    }
    return out.toByteArray();
  }

  /// Where in the finished code `label` is.
  int offset(Label label) {
    return starts[label.item()];
  }

  private boolean canShrink(Reference reference, int item) {
    return switch (reference) {
      case Reference.Jump(Label target) -> isNear(offset(target), starts[item + 1], 3);
      case Reference.ConditionalJump(Condition _, Label target) ->
          isNear(offset(target), starts[item + 1], 4);
      case Reference.None _, Reference.Near _, Reference.Distance _, Reference.Outside _ -> false;
    };
  }

  /// What lies ahead moves with the end of the jump that shrinks, what lies behind does not.
  private static boolean isNear(int target, int end, int saved) {
    int distance = target - end + (target < end ? saved : 0);
    return distance == (byte) distance;
  }

  private void layOut(boolean[] isShort) {
    int[] fresh = new int[items.size() + 1];
    for (int i = 0; i < items.size(); i++) {
      int tail =
          switch (items.get(i).reference()) {
            case Reference.None _ -> 0;
            case Reference.Near _ -> 1;
            case Reference.Jump _ -> isShort[i] ? 2 : 5;
            case Reference.ConditionalJump _ -> isShort[i] ? 2 : 6;
            case Reference.Distance _, Reference.Outside _ -> 4;
          };
      fresh[i + 1] = fresh[i] + items.get(i).bytes().size() + tail;
    }
    starts = fresh;
  }

  private void put(ByteArrayOutputStream out, Reference reference, boolean isShort, int end) {
    switch (reference) {
      case Reference.None _ -> {}
      case Reference.Jump(Label target) -> {
        out.write(isShort ? 0xeb : 0xe9);
        putDistance(out, offset(target) - end, isShort ? 1 : 4);
      }
      case Reference.ConditionalJump(Condition condition, Label target) -> {
        if (!isShort) {
          out.write(0x0f);
        }
        out.write((isShort ? 0x70 : 0x80) | condition.ordinal());
        putDistance(out, offset(target) - end, isShort ? 1 : 4);
      }
      case Reference.Near(Label target) -> {
        int distance = offset(target) - end;
        if (distance != (byte) distance) {
          throw new IllegalStateException("too far for 8 bits: " + target);
        }
        putDistance(out, distance, 1);
      }
      case Reference.Distance(Label target) -> putDistance(out, offset(target) - end, 4);
      case Reference.Outside(long address, int trailingBytes) -> {
        long distance = address - (origin + end + trailingBytes);
        if (distance != (int) distance) {
          throw new IllegalStateException("too far away: " + Long.toHexString(address));
        }
        putDistance(out, (int) distance, 4);
      }
    }
  }

  private static void putDistance(ByteArrayOutputStream out, int distance, int widthBytes) {
    for (int i = 0; i < widthBytes; i++) {
      out.write(distance >> 8 * i);
    }
  }
}
