package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.Sweep;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

/// The instructions of a function in all the parts the compiler split it into, and where its direct
/// jumps go.
final class AdaptiveCode {
  private static final int MAX_PARTS = 64;

  private final ElfFile file;
  private final SweptExtents swept;
  private final CodeParts parts = new CodeParts();
  private final Set<Long> dispatched;

  private AdaptiveCode(SweptExtents swept, Set<Long> dispatched) {
    this.file = swept.file();
    this.swept = swept;
    this.dispatched = dispatched;
  }

  /// Sweeps the extent that holds `start` and those that hold `dispatched`, the targets of its
  /// indirect jumps, and from there every part that a jump leads to. A jump to the first byte of an
  /// extent may also be a tail call; the extent then counts as a part when it jumps back into the
  /// middle of one.
  static AdaptiveCode of(SweptExtents swept, long start, Set<Long> dispatched)
      throws FormatException {
    AdaptiveCode code = new AdaptiveCode(swept, dispatched);
    Deque<Long> pending = new ArrayDeque<>(dispatched);
    pending.addFirst(start);
    while (!pending.isEmpty()) {
      long address = pending.removeFirst();
      Optional<FunctionExtent> extent =
          code.parts.hold(address) ? Optional.empty() : code.file.functionAt(address);
      if (extent.isPresent()) {
        pending.addAll(code.add(extent.get()));
        if (code.parts.extents().size() > MAX_PARTS) {
          throw new FormatException(code.file.name(), start, "a function of over 64 parts");
        }
      }
    }
    return code;
  }

  CodeParts parts() {
    return parts;
  }

  Optional<Instruction> at(long address) {
    return parts.at(address);
  }

  /// Whether a direct jump of the function goes to `address`.
  boolean isTarget(long address) {
    return parts.isTarget(address);
  }

  /// Whether any jump of the function goes to `address`.
  boolean isJoin(long address) {
    return parts.isTarget(address) || dispatched.contains(address);
  }

  /// The instructions from `start` on as they follow each other in memory, as long as each can be
  /// executed after the one before, at most `limit`. Each is decoded when the walk comes to it:
  /// most walks end at the first branch.
  Iterable<Instruction> straight(long start, int limit) {
    return () -> new Straight(this, start, limit);
  }

  private static final class Straight implements Iterator<Instruction> {
    private final AdaptiveCode code;
    private Optional<Instruction> next;
    private int left;

    Straight(AdaptiveCode code, long start, int limit) {
      this.code = code;
      this.next = code.at(start);
      this.left = limit;
    }

    @Override
    public boolean hasNext() {
      return left > 0 && next.isPresent();
    }

    @Override
    public Instruction next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Instruction it = next.get();
      left--;
      next = it.branch().fallsThrough() && left > 0 ? code.at(it.next()) : Optional.empty();
      return it;
    }
  }

  /// The instructions that are always executed directly before `last`, and `last`: back to the
  /// nearest one that a jump leads to or that follows another branch.
  List<Instruction> runBefore(Instruction last) {
    List<Instruction> run = new ArrayList<>(List.of(last));
    Instruction first = last;
    while (!isJoin(first.address())) {
      Optional<Instruction> previous = parts.endingAt(first.address());
      if (previous.isEmpty() || previous.get().branch() != Branch.NONE) {
        break;
      }
      first = previous.get();
      run.add(first);
    }
    return run.reversed();
  }

  /// The branch to which control comes from `it` by going straight on; `it` itself where it is one.
  Optional<Instruction> branchAfter(Instruction it) {
    Optional<Instruction> next = Optional.of(it);
    while (next.isPresent() && next.get().branch() == Branch.NONE) {
      next = at(next.get().next());
    }
    return next;
  }

  /// Adds a part; where its jumps lead out to other parts.
  private List<Long> add(FunctionExtent extent) throws FormatException {
    Sweep sweep = swept.of(extent);
    parts.add(extent, sweep);
    List<Long> found = new ArrayList<>();
    for (int i = 0; i < sweep.jumps(); i++) {
      long target = sweep.jumpTarget(i);
      if (!parts.hold(target) && leadsToPart(sweep.jump(i), target)) {
        found.add(target);
      }
    }
    return found;
  }

  private boolean leadsToPart(Instruction jump, long target) throws FormatException {
    Optional<FunctionExtent> extent = file.functionAt(target);
    if (extent.isEmpty()) {
      return false;
    }
    return jump.branch() == Branch.CONDITIONAL
        || extent.get().start() != target
        || parts.areEnteredBy(swept.of(extent.get()));
  }
}
