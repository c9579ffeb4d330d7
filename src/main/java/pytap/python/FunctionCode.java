package pytap.python;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.Effect;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.OpcodeMap;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

/// The decoded instructions of one function, including the cold parts that the compiler moved
/// elsewhere, with the edges of its control flow that are visible: direct jumps, falling through,
/// and the targets that stand in jump tables.
final class FunctionCode {
  private static final int MAX_TABLE_ENTRIES = 4096;

  private final ElfFile file;
  private final List<FunctionExtent> parts = new ArrayList<>();
  private final List<Instruction> instructions = new ArrayList<>();
  private final Map<Long, Integer> indexes = new HashMap<>();
  private final Map<Long, List<Instruction>> jumpsTo = new HashMap<>();
  private final Set<Long> tableTargets = new HashSet<>();
  private final long start;

  private FunctionCode(ElfFile file, long start) {
    this.file = file;
    this.start = start;
  }

  /// Decodes the function whose first instruction is at `start`.
  static FunctionCode of(ElfFile file, long start) throws FormatException {
    Optional<FunctionExtent> extent = file.functionAt(start);
    if (extent.isEmpty() || extent.get().start() != start) {
      throw new FormatException(
          file.name(), start, "no frame description says where the function here ends");
    }
    FunctionCode code = new FunctionCode(file, start);
    code.add(extent.get(), decode(file, extent.get()));
    code.addColdParts();
    code.index();
    code.collectTableTargets();
    return code;
  }

  long start() {
    return start;
  }

  /// The function's extents, the one with its first instruction first.
  List<FunctionExtent> parts() {
    return parts;
  }

  /// All instructions, part by part, in address order within a part.
  List<Instruction> instructions() {
    return instructions;
  }

  Optional<Instruction> at(long address) {
    Integer index = indexes.get(address);
    return index == null ? Optional.empty() : Optional.of(instructions.get(index));
  }

  /// The instruction after `it` in memory, when it belongs to the function.
  Optional<Instruction> following(Instruction it) {
    return at(it.next());
  }

  /// The instruction that ends where `it` begins and goes on to it.
  Optional<Instruction> fallingInto(Instruction it) {
    Integer index = indexes.get(it.address());
    if (index == null || index == 0) {
      return Optional.empty();
    }
    Instruction previous = instructions.get(index - 1);
    return previous.next() == it.address() && previous.branch().fallsThrough()
        ? Optional.of(previous)
        : Optional.empty();
  }

  /// The direct jumps within the function whose target is `it`.
  List<Instruction> jumpingTo(Instruction it) {
    return jumpsTo.getOrDefault(it.address(), List.of());
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

  /// The instructions of one extent, in address order.
  static List<Instruction> decode(ElfFile file, FunctionExtent extent) throws FormatException {
    Decoder decoder =
        new Decoder(file.bytesAt(extent.start(), extent.end() - extent.start()), extent.start());
    List<Instruction> found = new ArrayList<>();
    for (long at = extent.start(); at < extent.end(); ) {
      Instruction instruction = decoder.at(at);
      found.add(instruction);
      at = instruction.next();
    }
    return found;
  }

  private void add(FunctionExtent extent, List<Instruction> code) {
    parts.add(extent);
    instructions.addAll(code);
  }

  /// A cold part is an extent that the function jumps to and that jumps back into the function.
  private void addColdParts() throws FormatException {
    Set<Long> looked = new HashSet<>();
    for (int i = 0; i < instructions.size(); i++) {
      OptionalLong target = outsideTarget(instructions.get(i));
      if (target.isEmpty()) {
        continue;
      }
      Optional<FunctionExtent> extent = file.functionAt(target.getAsLong());
      if (extent.isPresent() && looked.add(extent.get().start())) {
        List<Instruction> code = decode(file, extent.get());
        if (code.stream().anyMatch(this::jumpsIntoFunction)) {
          add(extent.get(), code);
        }
      }
    }
  }

  private OptionalLong outsideTarget(Instruction it) {
    return it.branch().jumps() && !holds(it.target().orElseThrow())
        ? it.target()
        : OptionalLong.empty();
  }

  private boolean jumpsIntoFunction(Instruction it) {
    return it.branch().jumps()
        && it.target().orElseThrow() != start
        && holds(it.target().orElseThrow());
  }

  private boolean holds(long address) {
    return parts.stream().anyMatch(part -> part.contains(address));
  }

  private void index() {
    for (int i = 0; i < instructions.size(); i++) {
      Instruction it = instructions.get(i);
      indexes.put(it.address(), i);
      if (it.branch().jumps()) {
        jumpsTo.computeIfAbsent(it.target().orElseThrow(), _ -> new ArrayList<>()).add(it);
      }
    }
  }

  /// Reads every table of addresses that the function refers to: entries relative to the table
  /// (position-independent code) or whole pointers.
  private void collectTableTargets() throws FormatException {
    Set<Long> looked = new HashSet<>();
    for (Instruction it : instructions) {
      OptionalLong table = tableAddress(it);
      if (table.isPresent() && looked.add(table.getAsLong())) {
        collectOffsets(table.getAsLong());
        collectPointers(table.getAsLong());
      }
    }
  }

  /// The data that `it` takes the address of, or indexes by words.
  private OptionalLong tableAddress(Instruction it) {
    if (it.memory().isPresent()) {
      MemoryOperand memory = it.memory().get();
      boolean address = memory.absolute() && it.isOneByte(0x8d);
      return address || memory.scale() == 8
          ? dataAddress(memory.displacement())
          : OptionalLong.empty();
    }
    return Effect.of(it) instanceof Effect.SetConstant(_, long value)
        ? dataAddress(value)
        : OptionalLong.empty();
  }

  private OptionalLong dataAddress(long address) {
    return file.fileOffset(address).isPresent() && !holds(address)
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
      if (!indexes.containsKey(target)) {
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
      if (!indexes.containsKey(target)) {
        return;
      }
      tableTargets.add(target);
    }
  }
}
