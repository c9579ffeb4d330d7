package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.Instruction;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

/// The instructions of a function in all the parts the compiler split it into, and where its direct
/// jumps go.
final class AdaptiveCode {
  private static final int MAX_PARTS = 64;

  private final ElfFile file;
  private final List<Instruction> instructions = new ArrayList<>();
  private final Map<Long, Integer> positions = new HashMap<>();
  private final Set<Long> targets = new HashSet<>();
  private final Set<FunctionExtent> parts = new LinkedHashSet<>();

  private final Set<Long> dispatched;

  private AdaptiveCode(ElfFile file, Set<Long> dispatched) {
    this.file = file;
    this.dispatched = dispatched;
  }

  /// Decodes the extent that holds `start` and those that hold `dispatched`, the targets of its
  /// indirect jumps, and from there every part that a jump leads to. A jump to the first byte of an
  /// extent may also be a tail call; the extent then counts as a part when it jumps back into the
  /// middle of one.
  static AdaptiveCode of(ElfFile file, long start, Set<Long> dispatched) throws FormatException {
    AdaptiveCode code = new AdaptiveCode(file, dispatched);
    Deque<Long> pending = new ArrayDeque<>(dispatched);
    pending.addFirst(start);
    while (!pending.isEmpty()) {
      Optional<FunctionExtent> extent = file.functionAt(pending.removeFirst());
      if (extent.isPresent() && code.parts.add(extent.get())) {
        if (code.parts.size() > MAX_PARTS) {
          throw new FormatException(file.name(), start, "a function of over 64 parts");
        }
        pending.addAll(code.decode(extent.get()));
      }
    }
    return code;
  }

  /// In address order within each part.
  List<Instruction> instructions() {
    return instructions;
  }

  Set<FunctionExtent> parts() {
    return parts;
  }

  Optional<Instruction> at(long address) {
    return Optional.ofNullable(positions.get(address)).map(instructions::get);
  }

  /// Whether a direct jump of the function goes to `address`.
  boolean isTarget(long address) {
    return targets.contains(address);
  }

  /// Whether any jump of the function goes to `address`.
  boolean isJoin(long address) {
    return targets.contains(address) || dispatched.contains(address);
  }

  /// The instructions from `start` on as they follow each other in memory, as long as each can be
  /// executed after the one before, at most `limit`.
  List<Instruction> straight(long start, int limit) {
    List<Instruction> run = new ArrayList<>();
    Optional<Instruction> next = at(start);
    while (next.isPresent() && run.size() < limit) {
      run.add(next.get());
      next = next.get().branch().fallsThrough() ? at(next.get().next()) : Optional.empty();
    }
    return run;
  }

  /// The instructions that are always executed directly before `last`, and `last`: back to the
  /// nearest one that a jump leads to or that follows another branch.
  List<Instruction> runBefore(Instruction last) {
    int end = Optional.ofNullable(positions.get(last.address())).orElseThrow();
    int start = end;
    while (start > 0
        && !isJoin(instructions.get(start).address())
        && instructions.get(start - 1).branch() == Branch.NONE
        && instructions.get(start - 1).next() == instructions.get(start).address()) {
      start--;
    }
    return instructions.subList(start, end + 1);
  }

  private List<Long> decode(FunctionExtent extent) throws FormatException {
    List<Long> found = new ArrayList<>();
    for (Instruction instruction : read(extent)) {
      positions.put(instruction.address(), instructions.size());
      instructions.add(instruction);
      if (!instruction.branch().jumps()) {
        continue;
      }
      long target = instruction.target().orElseThrow();
      targets.add(target);
      if (!extent.contains(target) && leadsToPart(instruction, target)) {
        found.add(target);
      }
    }
    return found;
  }

  private List<Instruction> read(FunctionExtent extent) throws FormatException {
    Decoder decoder =
        new Decoder(file.bytesAt(extent.start(), extent.end() - extent.start()), extent.start());
    List<Instruction> read = new ArrayList<>();
    for (long at = extent.start(); at < extent.end(); ) {
      Instruction instruction = decoder.at(at);
      read.add(instruction);
      at = instruction.next();
    }
    return read;
  }

  private boolean leadsToPart(Instruction jump, long target) throws FormatException {
    Optional<FunctionExtent> extent = file.functionAt(target);
    if (extent.isEmpty() || parts.contains(extent.get())) {
      return false;
    }
    if (jump.branch() == Branch.CONDITIONAL || extent.get().start() != target) {
      return true;
    }
    for (Instruction instruction : read(extent.get())) {
      if (instruction.branch().jumps() && jumpsIntoPart(instruction.target().orElseThrow())) {
        return true;
      }
    }
    return false;
  }

  private boolean jumpsIntoPart(long target) {
    return parts.stream().anyMatch(part -> part.contains(target) && part.start() != target);
  }
}
