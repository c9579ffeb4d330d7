package pytap.python;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Effect;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.OpcodeMap;
import pytap.asm.x86.Sweep;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

/// The decoded instructions of one function, including the cold parts that the compiler moved
/// elsewhere, with the edges of its control flow that are visible: direct jumps, falling through,
/// and the targets that stand in jump tables.
final class FunctionCode {
  private static final int MAX_TABLE_ENTRIES = 4096;

  private final ElfFile file;
  private final SweptExtents swept;
  private final CodeParts parts = new CodeParts();
  private final Set<Long> tableTargets = new HashSet<>();
  private final long start;

  private FunctionCode(ElfFile file, long start) {
    this.file = file;
    this.swept = new SweptExtents(file);
    this.start = start;
  }

  /// Sweeps the function whose first instruction is at `start`.
  static FunctionCode of(ElfFile file, long start) throws FormatException {
    Optional<FunctionExtent> extent = file.functionAt(start);
    if (extent.isEmpty() || extent.get().start() != start) {
      throw new FormatException(
          file.name(), start, "no frame description says where the function here ends");
    }
    FunctionCode code = new FunctionCode(file, start);
    code.parts.add(extent.get(), code.swept.of(extent.get()));
    code.addColdParts();
    code.collectTableTargets();
    return code;
  }

  long start() {
    return start;
  }

  /// The function's extents, the one with its first instruction first.
  CodeParts parts() {
    return parts;
  }

  /// All instructions, part by part, in address order within a part.
  List<Instruction> instructions() {
    return parts.instructions();
  }

  Optional<Instruction> at(long address) {
    return parts.at(address);
  }

  /// The instruction after `it` in memory, when it belongs to the function.
  Optional<Instruction> following(Instruction it) {
    return at(it.next());
  }

  /// The instruction that ends where `it` begins and goes on to it.
  Optional<Instruction> fallingInto(Instruction it) {
    Optional<Instruction> previous = parts.endingAt(it.address());
    return previous.isPresent() && previous.get().branch().fallsThrough()
        ? previous
        : Optional.empty();
  }

  /// The direct jumps within the function whose target is `it`.
  List<Instruction> jumpingTo(Instruction it) {
    return parts.jumpsTo(it.address());
  }

  /// Whether a jump table leads to `it`.
  boolean inJumpTable(Instruction it) {
    return tableTargets.contains(it.address());
  }

  /// The function's jump-table targets.
  Set<Long> tableTargets() {
    return tableTargets;
  }

  /// Whether no visible edge leads here and it is only filler between aligned blocks.
  boolean isDeadFiller(Instruction it) {
    boolean nop = it.isOneByte(0x90) || isLongNop(it);
    if (!nop || it.address() == start || inJumpTable(it) || !jumpingTo(it).isEmpty()) {
      return false;
    }
    Optional<Instruction> previous = fallingInto(it);
    return previous.isEmpty() || isDeadFiller(previous.get());
  }

  private static boolean isLongNop(Instruction it) {
    return it.map() == OpcodeMap.TWO_BYTE && it.opcode() == 0x1f;
  }

  /// A cold part is an extent that the function jumps to and that jumps back into the function.
  private void addColdParts() throws FormatException {
    Set<FunctionExtent> looked = new HashSet<>();
    for (int part = 0; part < parts.sweeps().size(); part++) {
      Sweep sweep = parts.sweeps().get(part);
      for (int i = 0; i < sweep.jumps(); i++) {
        long target = sweep.jumpTarget(i);
        if (parts.hold(target)) {
          continue;
        }
        Optional<FunctionExtent> extent = file.functionAt(target);
        if (extent.isPresent()
            && looked.add(extent.get())
            && jumpsIntoFunction(swept.of(extent.get()))) {
          parts.add(extent.get(), swept.of(extent.get()));
        }
      }
    }
  }

  private boolean jumpsIntoFunction(Sweep other) {
    for (int i = 0; i < other.jumps(); i++) {
      long target = other.jumpTarget(i);
      if (target != start && parts.hold(target)) {
        return true;
      }
    }
    return false;
  }

  /// Reads every table of addresses that the function refers to: entries relative to the table
  /// (position-independent code) or whole pointers.
  private void collectTableTargets() throws FormatException {
    Set<Long> looked = new HashSet<>();
    for (Sweep sweep : parts.sweeps()) {
      for (int i = 0; i < sweep.names(); i++) {
        OptionalLong table = tableAddress(sweep, i);
        if (table.isPresent() && looked.add(table.getAsLong())) {
          collectOffsets(table.getAsLong());
          collectPointers(table.getAsLong());
        }
      }
    }
  }

  /// The data whose address is taken, or that is indexed by words.
  private OptionalLong tableAddress(Sweep sweep, int name) {
    int how = sweep.howNamed(name);
    if ((how & Sweep.WORDS) != 0
        || ((how & Sweep.WHOLE) != 0 && sweep.namedBy(name).isOneByte(0x8d))) {
      return dataAddress(sweep.named(name));
    }
    return (how & Sweep.IMMEDIATE) != 0
            && Effect.of(sweep.namedBy(name)) instanceof Effect.SetConstant(_, long value)
        ? dataAddress(value)
        : OptionalLong.empty();
  }

  private OptionalLong dataAddress(long address) {
    return file.fileOffset(address).isPresent() && !parts.hold(address)
        ? OptionalLong.of(address)
        : OptionalLong.empty();
  }

  private void collectOffsets(long table) throws FormatException {
    for (int i = 0; i < MAX_TABLE_ENTRIES; i++) {
      long entry = table + i * 4L;
      if (file.fileOffset(entry + 3).isEmpty()) {
        return;
      }
      long target = table + file.int32(entry);
      if (!parts.begin(target)) {
        return;
      }
      tableTargets.add(target);
    }
  }

  private void collectPointers(long table) throws FormatException {
    for (int i = 0; i < MAX_TABLE_ENTRIES; i++) {
      long entry = table + i * 8L;
      if (file.fileOffset(entry + 7).isEmpty()) {
        return;
      }
      long target = file.pointer(entry);
      if (!parts.begin(target)) {
        return;
      }
      tableTargets.add(target);
    }
  }
}
