package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.Sweep;
import pytap.asm.x86.WrittenRegisters;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

/// Every address of a function's code at which control may arrive other than from the instruction
/// before it: targets of its direct jumps, of its switches' tables, and whatever else of it is
/// mentioned in the file ([CodeReferences]). May name more than there are, never fewer.
///
/// An indirect jump goes to a pointer that it or, on every way to it, an instruction before it
/// loads, and all pointers of the file are known; or to the sum of a table's address and the entry
/// loaded from it, as gcc and clang compile a `switch` in position-independent code. Any other is
/// refused.
final class Entrances {
  private static final int MAX_TABLE_ENTRIES = 4096;
  private static final int ENTRY_BYTES = 4;
  private static final int MOVSLQ = 0x63;
  private static final int LEA = 0x8d;
  private static final int MAX_WALK = 1000;

  private final ElfFile file;
  private final CodeParts parts;
  private final SweptExtents swept;

  /// Where control may arrive otherwise than by a direct jump of the function.
  private final Set<Long> addresses = new HashSet<>();

  private final Set<Long> tableTargets = new HashSet<>();

  /// Where control must not arrive but by the jumps that are seen, or what was learned of an
  /// indirect jump would be wrong.
  private final Set<Long> walked = new HashSet<>();

  private Entrances(SweptExtents swept, CodeParts code) {
    this.file = swept.file();
    this.swept = swept;
    this.parts = code.copy();
  }

  /// @param code the function
  /// @throws NotEstablished when it cannot be known where an indirect jump goes
  static Entrances of(ElfFile file, CodeParts code) throws FormatException, NotEstablished {
    SweptExtents swept = new SweptExtents(file);
    Entrances entrances = new Entrances(swept, code);
    int known = code.extents().size();
    entrances.addJumps(known);
    while (entrances.parts.extents().size() > known) {
      // What was learned before a further part was found may not hold with it.
      known = entrances.parts.extents().size();
      entrances = new Entrances(swept, entrances.parts);
      entrances.addJumps(known);
    }
    CodeReferences references = CodeReferences.into(file, entrances.parts.extents());
    for (long address : entrances.walked) {
      if (entrances.tableTargets.contains(address) || references.pointers().contains(address)) {
        throw unknown(address);
      }
    }
    entrances.addresses.addAll(entrances.tableTargets);
    entrances.addresses.addAll(references.pointers());
    entrances.addresses.addAll(references.distances());
    return entrances;
  }

  /// Whether control may arrive at an address in `[start + 1, end)`.
  boolean inside(long start, long end) {
    for (long at = start + 1; at < end; at++) {
      if (parts.isTarget(at) || addresses.contains(at)) {
        return true;
      }
    }
    return false;
  }

  /// The function's extents, with those that only its tables lead to.
  List<FunctionExtent> parts() {
    return parts.extents();
  }

  private void addJumps(int known) throws FormatException, NotEstablished {
    for (int i = 0; i < known; i++) {
      addNames(parts.sweeps().get(i));
    }
    for (int i = 0; i < known; i++) {
      for (Instruction jump : parts.sweeps().get(i).all(Branch.JUMP_INDIRECT)) {
        addIndirect(jump);
      }
    }
  }

  private void addNames(Sweep sweep) {
    int wanted = Sweep.WHOLE | Sweep.CALLED | (file.positionIndependent() ? 0 : Sweep.IMMEDIATE);
    for (int i = 0; i < sweep.names(); i++) {
      if ((sweep.howNamed(i) & wanted) != 0 && parts.hold(sweep.named(i))) {
        addresses.add(sweep.named(i));
      }
    }
  }

  private void addIndirect(Instruction jump) throws FormatException, NotEstablished {
    if (jump.memory().isPresent()) {
      return;
    }
    for (Instruction origin : origins(jump, jump.otherRegister().orElseThrow())) {
      boolean pointer = origin.isOneByte(0x8b) && origin.memory().isPresent();
      boolean sum = (origin.isOneByte(0x01) || origin.isOneByte(0x03)) && origin.memory().isEmpty();
      if (sum) {
        addTable(origin);
      } else if (!pointer) {
        throw unknown(jump.address());
      }
    }
  }

  /// The last instructions that write `register` on each way to `jump`.
  private Set<Instruction> origins(Instruction jump, GeneralRegister register)
      throws NotEstablished {
    Set<Instruction> origins = new LinkedHashSet<>();
    Deque<Instruction> work = new ArrayDeque<>(List.of(jump));
    Set<Long> seen = new HashSet<>();
    while (!work.isEmpty()) {
      Instruction it = work.remove();
      if (!seen.add(it.address())) {
        continue;
      }
      List<Instruction> before = new ArrayList<>(parts.jumpsTo(it.address()));
      Optional<Instruction> falling = parts.endingAt(it.address());
      if (falling.isPresent() && falling.get().branch().fallsThrough()) {
        before.add(falling.get());
      }
      boolean filler = WindowFinder.isNop(it);
      if ((before.isEmpty() && !filler) || seen.size() > MAX_WALK) {
        throw unknown(jump.address());
      }
      for (Instruction previous : before) {
        (WrittenRegisters.contain(previous, register) ? origins : work).add(previous);
      }
    }
    walked.addAll(seen);
    return origins;
  }

  /// `lea table,base; movslq (base,index,4),entry; add base,entry; jmp *entry`.
  private void addTable(Instruction sum) throws FormatException, NotEstablished {
    GeneralRegister one = sum.register();
    GeneralRegister other = sum.otherRegister().orElseThrow();
    Instruction entry = isEntry(writer(sum, one)) ? writer(sum, one) : writer(sum, other);
    if (!isEntry(entry)) {
      throw unknown(sum.address());
    }
    GeneralRegister base = entry.memory().orElseThrow().base().orElseThrow();
    Instruction address = writer(entry, base);
    boolean sameBase = base == (entry.register() == one ? other : one);
    if (!address.isOneByte(LEA)
        || address.memory().isEmpty()
        || !address.memory().get().absolute()
        || !sameBase
        || !writer(sum, base).equals(address)
        || readTable(address.memory().orElseThrow().displacement()) == 0) {
      throw unknown(sum.address());
    }
  }

  private static boolean isEntry(Instruction it) {
    if (!it.isOneByte(MOVSLQ) || it.memory().isEmpty()) {
      return false;
    }
    MemoryOperand memory = it.memory().get();
    return memory.scale() == ENTRY_BYTES && memory.base().isPresent() && memory.displacement() == 0;
  }

  /// The last instruction before `it`, with no other way between them, that writes `register`.
  private Instruction writer(Instruction it, GeneralRegister register) throws NotEstablished {
    Set<Instruction> origins = origins(it, register);
    if (origins.size() != 1) {
      throw unknown(it.address());
    }
    return origins.iterator().next();
  }

  /// How many entries of the table could be a jump's.
  private int readTable(long table) throws FormatException {
    int entries = 0;
    for (; entries < MAX_TABLE_ENTRIES; entries++) {
      long entry = table + (long) entries * ENTRY_BYTES;
      if (file.fileOffset(entry + ENTRY_BYTES - 1).isEmpty()) {
        break;
      }
      long target = table + file.int32(entry);
      Optional<FunctionExtent> extent =
          file.executable(target) ? file.functionAt(target) : Optional.empty();
      if (extent.isEmpty()) {
        break;
      }
      tableTargets.add(target);
      addPart(extent.get());
    }
    return entries;
  }

  /// What a table leads to is a cold part when it jumps back into the function; what stands behind
  /// the table's end may lead anywhere.
  private void addPart(FunctionExtent extent) throws FormatException {
    if (!parts.extents().contains(extent) && parts.areEnteredBy(swept.of(extent))) {
      parts.add(extent, swept.of(extent));
    }
  }

  private static NotEstablished unknown(long address) {
    return new NotEstablished(
        "an indirect jump at 0x"
            + Long.toHexString(address)
            + " of the function whose targets are not known");
  }
}
