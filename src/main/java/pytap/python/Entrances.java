package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import pytap.asm.x86.Branch;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
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
  private final Set<FunctionExtent> parts;
  private final List<Instruction> code;
  private final Map<Long, Instruction> byEnd = new HashMap<>();
  private final Map<Long, List<Instruction>> jumpsTo = new HashMap<>();
  private final TreeSet<Long> addresses = new TreeSet<>();
  private final Set<Long> tableTargets = new HashSet<>();

  /// Where control must not arrive but by the jumps that are seen, or what was learned of an
  /// indirect jump would be wrong.
  private final Set<Long> walked = new HashSet<>();

  private Entrances(ElfFile file, Collection<FunctionExtent> parts, List<Instruction> code) {
    this.file = file;
    this.parts = new LinkedHashSet<>(parts);
    this.code = new ArrayList<>(code);
  }

  /// @param parts the function's extents
  /// @param code all their instructions
  /// @throws NotEstablished when it cannot be known where an indirect jump goes
  static Entrances of(ElfFile file, Collection<FunctionExtent> parts, List<Instruction> code)
      throws FormatException, NotEstablished {
    Entrances entrances = new Entrances(file, parts, code);
    entrances.addJumps();
    if (entrances.code.size() > code.size()) {
      // What was learned before a further part was found may not hold with it.
      return of(file, entrances.parts, entrances.code);
    }
    CodeReferences references = CodeReferences.into(file, entrances.parts);
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
    Long next = addresses.higher(start);
    return next != null && next < end;
  }

  /// The function's extents, with those that only its tables lead to.
  Set<FunctionExtent> parts() {
    return parts;
  }

  private void addJumps() throws FormatException, NotEstablished {
    List<Instruction> known = List.copyOf(code);
    known.forEach(this::addDirect);
    for (Instruction it : known) {
      addIndirect(it);
    }
  }

  private void addDirect(Instruction it) {
    byEnd.put(it.next(), it);
    it.target().ifPresent(addresses::add);
    if (it.branch().jumps()) {
      jumpsTo.computeIfAbsent(it.target().orElseThrow(), _ -> new ArrayList<>()).add(it);
    }
    it.memory()
        .filter(MemoryOperand::absolute)
        .ifPresent(memory -> addresses.add(memory.displacement()));
    if (!file.positionIndependent()) {
      addresses.add(it.immediate());
    }
  }

  private void addIndirect(Instruction jump) throws FormatException, NotEstablished {
    if (jump.branch() != Branch.JUMP_INDIRECT || jump.memory().isPresent()) {
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
      List<Instruction> before = new ArrayList<>(jumpsTo.getOrDefault(it.address(), List.of()));
      Optional.ofNullable(byEnd.get(it.address()))
          .filter(previous -> previous.branch().fallsThrough())
          .ifPresent(before::add);
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
    GeneralRegister base = entry.memory().flatMap(MemoryOperand::base).orElseThrow();
    Instruction address = writer(entry, base);
    boolean sameBase = base == (entry.register() == one ? other : one);
    if (!address.isOneByte(LEA)
        || !address.memory().filter(MemoryOperand::absolute).isPresent()
        || !sameBase
        || !writer(sum, base).equals(address)
        || readTable(address.memory().orElseThrow().displacement()) == 0) {
      throw unknown(sum.address());
    }
  }

  private static boolean isEntry(Instruction it) {
    return it.isOneByte(MOVSLQ)
        && it.memory()
            .filter(memory ->
                memory.scale() == ENTRY_BYTES
                    && memory.base().isPresent()
                    && memory.displacement() == 0)
            .isPresent();
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
    if (parts.contains(extent)) {
      return;
    }
    List<Instruction> more = FunctionCode.decode(file, extent);
    if (more.stream().anyMatch(this::jumpsIntoPart)) {
      parts.add(extent);
      code.addAll(more);
    }
  }

  private boolean jumpsIntoPart(Instruction it) {
    return it.branch().jumps()
        && parts.stream()
            .anyMatch(part ->
                part.contains(it.target().orElseThrow())
                    && part.start() != it.target().orElseThrow());
  }

  private static NotEstablished unknown(long address) {
    return new NotEstablished(
        "an indirect jump at 0x"
            + Long.toHexString(address)
            + " of the eval function whose targets are not known");
  }
}
