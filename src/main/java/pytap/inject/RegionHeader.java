package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.asm.x86.MachineCode;
import pytap.gen.InProcessImage;
import pytap.gen.RegionLayout;

/// What the first pages of a region's code say of it, for the pytap that comes after.
///
/// ```
///   0  "pytapreg"     8  version         12  state
///  16  control bytes 20  shared bytes    24  ring bytes     32  reserved bytes
///  40  owner's pid   44  end of the code 48  owner's start  56  owner's pid namespace
///  64  number of changes
/// 128  changes, 32 bytes each:
///      bytes: address, size (4), 0 (4), original (8), replacement (8)
///      list:  head, 0 (4), 1 (4), guard, entry
///      words: address of a description in the code memory, its size (4), 2 (4)
///      event: word, 0 (4), 3 (4), 0, 0
/// ```
///
/// @param ready whether its memory is mapped as the layout says
/// @param reservedBytes size of the addresses that are ours, from the base on
/// @param codeEnd where the next code goes, from the base
/// @param owner who uses it; [Owner#NONE] for nobody
record RegionHeader(
    RegionLayout layout, boolean ready, long reservedBytes, int codeEnd, Owner owner) {
  static final int VERSION = 3;
  static final int SIZE_BYTES = 16 << 10;

  /// Where a stub may lie, from the base.
  static final int STUB_OFFSET = SIZE_BYTES;

  static final int STUB_BYTES = 2048;

  /// Where code begins, from the base.
  static final int CODE_START = STUB_OFFSET + STUB_BYTES;

  static final int FIXED_BYTES = 64;
  static final int COUNT_OFFSET = 64;
  static final int CHANGES_OFFSET = 128;
  static final int CHANGE_BYTES = 32;
  static final int MAX_CHANGES = (SIZE_BYTES - CHANGES_OFFSET) / CHANGE_BYTES;
  private static final int MAX_REPLACED = 8;
  private static final int BYTES = 0;
  private static final int LISTED = 1;
  private static final int SLOTS = 2;
  private static final int MONITORED = 3;

  private static final long MAGIC = 0x6765727061747970L; // "pytapreg"

  /// A process, for ever: its number, when it began and in which namespace the number counts.
  record Owner(int pid, long startTime, long namespace) {
    static final Owner NONE = new Owner(0, 0, 0);

    /// This pytap.
    static Owner self() {
      ProcessFiles own = ProcessFiles.own();
      return new Owner(own.pid(), own.startTime(), own.pidNamespace());
    }
  }

  /// What was changed in the target, with all that it takes to undo it.
  sealed interface Change {

    /// A jump and what it replaced.
    record Bytes(long address, MachineCode original, MachineCode replacement) implements Change {
      static Bytes of(InProcessImage.Hook hook) {
        return new Bytes(hook.address(), hook.original(), hook.replacement());
      }
    }

    /// Entries in a list, see [InProcessImage.Link.Listed].
    record Listed(long head, long guard, long entry) implements Change {}

    /// Words in the states of threads, as [ThreadSlots] describes them there.
    record Slots(long description, int sizeBytes) implements Change {}

    /// A function's way on, see [InProcessImage.Link.Monitored].
    record Monitored(long word) implements Change {}
  }

  RegionHeader owned(Owner newOwner) {
    return new RegionHeader(layout, ready, reservedBytes, codeEnd, newOwner);
  }

  RegionHeader withCodeEnd(int newEnd) {
    return new RegionHeader(layout, ready, reservedBytes, newEnd, owner);
  }

  RegionHeader withLayout(RegionLayout newLayout, boolean isReady) {
    return new RegionHeader(newLayout, isReady, reservedBytes, codeEnd, owner);
  }

  /// The first [#FIXED_BYTES].
  byte[] encode() {
    byte[] bytes = new byte[FIXED_BYTES];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(MAGIC)
        .putInt(VERSION)
        .putInt(ready ? 1 : 0)
        .putInt(layout.controlBytes())
        .putInt(layout.sharedBytes())
        .putLong(layout.ringBytes())
        .putLong(reservedBytes)
        .putInt(owner.pid())
        .putInt(codeEnd)
        .putLong(owner.startTime())
        .putLong(owner.namespace());
    return bytes;
  }

  /// What `bytes` say of a region at `base`; empty where they say nothing that this version knows.
  static Optional<RegionHeader> decode(long base, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getLong() != MAGIC || in.getInt() != VERSION) {
      return Optional.empty();
    }
    boolean ready = in.getInt() == 1;
    RegionLayout layout = new RegionLayout(base, in.getInt(), in.getInt(), in.getLong());
    long reserved = in.getLong();
    int pid = in.getInt();
    int codeEnd = in.getInt();
    Owner owner = new Owner(pid, in.getLong(), in.getLong());
    return Optional.of(new RegionHeader(layout, ready, reserved, codeEnd, owner));
  }

  /// The list of changes as it lies from [#CHANGES_OFFSET] on.
  static byte[] encode(List<Change> changes) {
    byte[] bytes = new byte[changes.size() * CHANGE_BYTES];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < changes.size(); i++) {
      out.position(i * CHANGE_BYTES);
      switch (changes.get(i)) {
        case Change.Bytes change -> encode(change, out);
        case Change.Listed(long head, long guard, long entry) ->
            out.putLong(head).putInt(0).putInt(LISTED).putLong(guard).putLong(entry);
        case Change.Slots(long description, int size) ->
            out.putLong(description).putInt(size).putInt(SLOTS);
        case Change.Monitored(long word) -> out.putLong(word).putInt(0).putInt(MONITORED);
      }
    }
    return bytes;
  }

  private static void encode(Change.Bytes change, ByteBuffer out) {
    int size = change.original().sizeBytes();
    if (size > MAX_REPLACED || size != change.replacement().sizeBytes()) {
      throw new IllegalStateException("a patch of " + size + " bytes");
    }
    int at = out.position();
    out.putLong(change.address()).putInt(size).putInt(BYTES);
    out.put(at + 16, change.original().toArray()).put(at + 24, change.replacement().toArray());
  }

  static List<Change> decodeChanges(byte[] bytes) {
    List<Change> changes = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length; at += CHANGE_BYTES) {
      changes.add(
          switch (in.getInt(at + 12)) {
            case LISTED ->
                new Change.Listed(in.getLong(at), in.getLong(at + 16), in.getLong(at + 24));
            case SLOTS -> new Change.Slots(in.getLong(at), in.getInt(at + 8));
            case MONITORED -> new Change.Monitored(in.getLong(at));
            default -> decodeBytes(in, at);
          });
    }
    return changes;
  }

  private static Change decodeBytes(ByteBuffer in, int at) {
    int size = Math.clamp(in.getInt(at + 8), 0, MAX_REPLACED);
    byte[] original = new byte[size];
    byte[] replacement = new byte[size];
    in.get(at + 16, original).get(at + 24, replacement);
    return new Change.Bytes(in.getLong(at), MachineCode.of(original), MachineCode.of(replacement));
  }
}
